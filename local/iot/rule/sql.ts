import { isFilter } from "../topic.ts";
import { toBoolean } from "./conversion.ts";
import { type Expression, jsonObject, type RuleMessage } from "./expression.ts";
import { Parser } from "./parser.ts";
import { UnsupportedSqlError } from "./sqlErrors.ts";

/** A rule's `SELECT … FROM … WHERE …`. */
export interface Query {
  /** The topic filter. */
  readonly from: string;
  /**
   * The input of the rule's actions. `SELECT *` alone returns the raw payload; any other statement
   * returns JSON. `undefined` when `WHERE` rejects the message. Fails with an `SqlEvaluationError`
   * when the statement does not apply to the message.
   */
  select(message: RuleMessage): Buffer | undefined;
}

type Column = { readonly all: true } | { readonly name: string; readonly expression: Expression };

/**
 * Parses the supported part of the rule SQL: `*`, fields, constants, operators and some functions.
 * Anything else fails with an `UnsupportedSqlError` that names it.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 */
export const parseSql = (text: string): Query => {
  const parser = new Parser(text);
  parser.expect("SELECT");
  const columns: Column[] = [];
  do columns.push(column(parser, text));
  while (parser.takes(","));
  parser.expect("FROM");
  const from = parser.string();
  if (!isFilter(from)) throw new UnsupportedSqlError(text, `the topic filter ${from}`);
  const where = parser.takes("WHERE") ? parser.expression().expression : undefined;
  parser.end();
  const [first, ...others] = columns;
  const isRawPayload = first !== undefined && "all" in first && others.length === 0;
  const select = isRawPayload ? ({ payload }: RuleMessage) => payload : selecting(columns);
  return { from, select: where === undefined ? select : selectingWhere(where, select) };
};

/** Evaluates `WHERE` first; any result except true rejects the message. */
const selectingWhere =
  (where: Expression, select: (message: RuleMessage) => Buffer) =>
  (message: RuleMessage): Buffer | undefined =>
    toBoolean(where(message)) === true ? select(message) : undefined;

const column = (parser: Parser, text: string): Column => {
  if (parser.takes("*")) return { all: true };
  const { expression, name } = parser.expression();
  const alias = parser.takes("AS") ? parser.word() : name;
  if (alias === undefined)
    throw new UnsupportedSqlError(text, "a column without a name: give it one with AS");
  return { name: alias, expression };
};

const selecting =
  (columns: readonly Column[]) =>
  (message: RuleMessage): Buffer => {
    const entries = columns.flatMap((one): [string, unknown][] =>
      "all" in one ? Object.entries(jsonObject(message)) : [[one.name, one.expression(message)]],
    );
    // JSON omits Undefined values, as IoT Core does.
    return Buffer.from(escapePairs(JSON.stringify(Object.fromEntries(entries))));
  };

/** Escapes characters beyond U+FFFF: SQS accepts them, its emulator does not. */
const escapePairs = (json: string): string =>
  json.replace(/[\ud800-\udfff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
