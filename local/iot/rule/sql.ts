import { isFilter } from "../topic.ts";
import { toBoolean } from "./conversion.ts";
import { type Expression, jsonObject, type RuleMessage } from "./expression.ts";
import { Parser } from "./parser.ts";
import { UnsupportedSqlError } from "./sqlErrors.ts";

/** A rule's `SELECT … FROM … WHERE …`. */
export interface Query {
  /** The topic filter that it listens to. */
  readonly from: string;
  /**
   * What the rule's actions get. `SELECT *` alone gives the payload as it is, whatever it is; any other
   * gives JSON. Nothing when the message is not one that `WHERE` lets through. Fails with an `SqlEvaluationError`
   * when the statement does not apply to the message.
   */
  select(message: RuleMessage): Buffer | undefined;
}

type Column = { readonly all: true } | { readonly name: string; readonly expression: Expression };

/**
 * Reads the part of the rule SQL that is understood here: `*`, fields, constants, operators and a few
 * functions. Anything else is an `UnsupportedSqlError` that names it.
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
  const isWhole = first !== undefined && "all" in first && others.length === 0;
  const select = isWhole ? ({ payload }: RuleMessage) => payload : selecting(columns);
  return { from, select: where === undefined ? select : selectingWhere(where, select) };
};

/** `WHERE` comes first, and anything that is not true keeps the message out. */
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
    // JSON leaves out what is Undefined, as IoT Core does.
    return Buffer.from(escapePairs(JSON.stringify(Object.fromEntries(entries))));
  };

/** The same JSON with escapes beyond U+FFFF: SQS takes such characters, the emulator of SQS does not. */
const escapePairs = (json: string): string =>
  json.replace(/[\ud800-\udfff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
