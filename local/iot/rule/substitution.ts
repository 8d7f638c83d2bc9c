import type { RuleMessage } from "./expression.ts";
import { Parser } from "./parser.ts";

/** A text with `${expression}` in it, filled in for a message. */
export type Substitution = (message: RuleMessage) => string;

/**
 * Reads a substitution template, such as the key of an S3 action. Expressions are those of the rule SQL;
 * one that is not understood is an `UnsupportedSqlError`.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
 */
export const parseSubstitution = (text: string): Substitution => {
  const parts = text.split(/\$\{([^}]*)\}/).map((part, i): Substitution => {
    if (i % 2 === 0) return () => part;
    const parser = new Parser(part);
    const { expression } = parser.expression();
    parser.end();
    return (message) => written(expression(message));
  });
  return (message) => parts.map((part) => part(message)).join("");
};

const written = (value: unknown): string => {
  if (value === undefined) return "undefined";
  return typeof value === "string" ? value : JSON.stringify(value);
};
