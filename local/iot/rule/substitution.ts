import type { RuleMessage } from "./expression.ts";
import { Parser } from "./parser.ts";

/** Renders a text with `${expression}` for a message. */
export type Substitution = (message: RuleMessage) => string;

/**
 * Parses a substitution template, such as the key of an S3 action. Its expressions are those of the
 * rule SQL; an unsupported one fails with an `UnsupportedSqlError`.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
 */
export const parseSubstitution = (text: string): Substitution => {
  const parts = text.split(/\$\{([^}]*)\}/).map((part, i): Substitution => {
    if (i % 2 === 0) return () => part;
    const parser = new Parser(part);
    const { expression } = parser.expression();
    parser.end();
    return (message) => textOf(expression(message));
  });
  return (message) => parts.map((part) => part(message)).join("");
};

const textOf = (value: unknown): string => {
  if (value === undefined) return "undefined";
  return typeof value === "string" ? value : JSON.stringify(value);
};
