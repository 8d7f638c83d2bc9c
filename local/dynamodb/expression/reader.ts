import { validationError } from "../dynamoError.ts";
import { expressionBytesMax, operatorsMax, pathElementsMax } from "../limits.ts";
import type { AttributeValue } from "../value/attributeValue.ts";
import type { DocumentPath } from "./documentPath.ts";
import type { Placeholders } from "./placeholders.ts";
import { isReservedWord } from "./reservedWords.ts";

/** The members of requests that are expressions. */
export type ExpressionKind =
  | "ConditionExpression"
  | "FilterExpression"
  | "KeyConditionExpression"
  | "ProjectionExpression"
  | "UpdateExpression";

/** Reads the tokens of an expression from left to right. */
export interface ExpressionReader {
  readonly kind: ExpressionKind;
  /** The next token; an empty text at the end. */
  peek(): string;
  /** The token behind the next one. */
  peekSecond(): string;
  /** Whether the next token opens parentheses around one operand, such as `(size(a))`. */
  isOperandInParentheses(): boolean;
  next(): string;
  /** Reads the next token if it is this symbol or keyword. Keywords have no case. */
  take(token: string): boolean;
  /** Reads this symbol or keyword. Fails when the next token is another one. */
  expect(token: string): void;
  /** Counts an operator, a function or a level of parentheses, whose number is limited. */
  countOperator(): void;
  /** Reads a document path: `a.#b[1]`. */
  path(): DocumentPath;
  /** Reads a placeholder of a value: `:v`. */
  value(): AttributeValue;
  /** The error for the next token. */
  syntaxError(): Error;
  error(message: string): Error;
}

const token =
  /[ \t\r\n]*(?:([A-Za-z][A-Za-z0-9_]*|[#:][A-Za-z0-9_]+|\d+|<>|<=|>=|[=<>()[\],.+-])|(\S))/y;
const word = /^[A-Za-z]/;
const index = /^\d+$/;

/** Opens an expression. Fails with a `ValidationException` when it is too long or has no token. */
export const readExpression = (
  kind: ExpressionKind,
  text: string,
  placeholders: Placeholders,
): ExpressionReader => {
  const error = (message: string) => validationError(`Invalid ${kind}: ${message}`);
  const tokens = tokenize(text, error);
  let at = 0;
  let operators = 0;
  const peek = () => tokens[at] ?? "";
  const is = (expected: string) =>
    peek() === expected || (word.test(expected) && peek().toUpperCase() === expected);
  const syntaxError = () => {
    const near = tokens.slice(Math.max(0, at - 1), at + 2).join(" ");
    return error(`Syntax error; token: "${peek() || "<EOF>"}", near: "${near}"`);
  };
  const take = (expected: string): boolean => {
    const isNext = is(expected);
    if (isNext) at += 1;
    return isNext;
  };
  const next = (): string => {
    at += 1;
    return tokens[at - 1] ?? "";
  };
  const nameOf = (): string => {
    const name = peek();
    if (name.startsWith("#")) return definedName(placeholders, next(), error);
    if (!word.test(name)) throw syntaxError();
    if (isReservedWord(name)) {
      throw error(`Attribute name is a reserved keyword; reserved keyword: ${name}`);
    }
    return next();
  };
  return {
    kind,
    peek,
    peekSecond: () => tokens[at + 1] ?? "",
    isOperandInParentheses: () => isOperandAt(tokens, at),
    next,
    take,
    expect(expected) {
      if (!take(expected)) throw syntaxError();
    },
    countOperator() {
      operators += 1;
      if (operators > operatorsMax) {
        throw error(`The expression contains more than ${operatorsMax} operators`);
      }
    },
    path() {
      const path: (string | number)[] = [nameOf()];
      for (;;) {
        if (take(".")) path.push(nameOf());
        else if (take("[")) {
          if (!index.test(peek())) throw syntaxError();
          path.push(Number(next()));
          if (!take("]")) throw syntaxError();
        } else return path;
        if (path.length > pathElementsMax) {
          throw error("The document path has too many nesting elements");
        }
      }
    },
    value() {
      if (!peek().startsWith(":")) throw syntaxError();
      return definedValue(placeholders, next(), error);
    },
    syntaxError,
    error,
  };
};

type ErrorOf = (message: string) => Error;

const definedName = (placeholders: Placeholders, name: string, error: ErrorOf): string => {
  const found = placeholders.name(name);
  if (found !== undefined) return found;
  throw error(
    `An expression attribute name used in the document path is not defined; attribute name: ${name}`,
  );
};

const definedValue = (placeholders: Placeholders, name: string, error: ErrorOf): AttributeValue => {
  const found = placeholders.value(name);
  if (found !== undefined) return found;
  throw error(
    `An expression attribute value used in expression is not defined; attribute value: ${name}`,
  );
};

const notInOperand = /^(?:=|<>|<|<=|>|>=|AND|OR|NOT|IN|BETWEEN|,)$/i;

/** Whether the parentheses that begin at a token contain no operator and no predicate. */
const isOperandAt = (tokens: readonly string[], start: number): boolean => {
  if (tokens[start] !== "(") return false;
  let at = start;
  while (tokens[at] === "(") at += 1;
  let levels = at - start;
  if (tokens[at + 1] === "(" && tokens[at] !== "size") return false;
  for (; at < tokens.length && levels > 0; at += 1) {
    const token = tokens[at] ?? "";
    if (token === "(") levels += 1;
    else if (token === ")") levels -= 1;
    else if (notInOperand.test(token)) return false;
  }
  return levels === 0;
};

const tokenize = (text: string, error: ErrorOf): string[] => {
  if (Buffer.byteLength(text) > expressionBytesMax) {
    throw error(
      `Expression size has exceeded the maximum allowed size; expression size: ${Buffer.byteLength(text)}`,
    );
  }
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [, known, unknown] = found;
    if (known === undefined) {
      const near = `${tokens.at(-1) ?? ""} ${unknown}`.trim();
      throw error(`Syntax error; token: "${unknown}", near: "${near}"`);
    }
    tokens.push(known);
  }
  if (tokens.length === 0) throw error("The expression can not be empty;");
  return tokens;
};
