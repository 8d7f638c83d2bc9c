import { type AttributeValue, typeOf } from "../value/attributeValue.ts";
import { type DocumentPath, overlapOf } from "./documentPath.ts";
import type { Placeholders } from "./placeholders.ts";
import { type ExpressionReader, readExpression } from "./reader.ts";

/** The right side of `SET`. */
export type SetValue =
  | { readonly kind: "path"; readonly path: DocumentPath }
  | { readonly kind: "value"; readonly value: AttributeValue }
  | { readonly kind: "ifNotExists"; readonly path: DocumentPath; readonly otherwise: SetValue }
  | {
      readonly kind: "plus" | "minus" | "listAppend";
      readonly left: SetValue;
      readonly right: SetValue;
    };

/** A parsed `UpdateExpression`, with its placeholders resolved. */
export interface Update {
  readonly set: readonly { readonly path: DocumentPath; readonly value: SetValue }[];
  readonly remove: readonly DocumentPath[];
  readonly add: readonly PathValue[];
  readonly delete: readonly PathValue[];
  /** All paths that change. */
  readonly paths: readonly DocumentPath[];
}

export interface PathValue {
  readonly path: DocumentPath;
  readonly value: AttributeValue;
}

/**
 * Parses an `UpdateExpression`:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 * Fails with a `ValidationException` in DynamoDB's words.
 */
export const parseUpdate = (text: string, placeholders: Placeholders): Update => {
  const reader = readExpression("UpdateExpression", text, placeholders);
  const update = {
    set: [] as Update["set"][number][],
    remove: [] as DocumentPath[],
    add: [] as PathValue[],
    delete: [] as PathValue[],
  };
  const clauses: Record<string, () => void> = {
    SET: () => void update.set.push(parseSet(reader)),
    REMOVE: () => void update.remove.push(reader.path()),
    ADD: () => void update.add.push(parsePathValue(reader, "ADD", ["N", "SS", "NS", "BS"])),
    DELETE: () => void update.delete.push(parsePathValue(reader, "DELETE", ["SS", "NS", "BS"])),
  };
  const read = new Set<string>();
  while (reader.peek() !== "") {
    const section = reader.peek().toUpperCase();
    const clause = Object.hasOwn(clauses, section) ? clauses[section] : undefined;
    if (clause === undefined) throw reader.syntaxError();
    if (read.has(section)) {
      throw reader.error(`The "${section}" section can only be used once in an update expression;`);
    }
    read.add(section);
    reader.next();
    do clause();
    while (reader.take(","));
  }
  const paths = [
    ...update.set.map(({ path }) => path),
    ...update.remove,
    ...update.add.map(({ path }) => path),
    ...update.delete.map(({ path }) => path),
  ];
  const overlap = overlapOf(paths);
  if (overlap !== undefined) throw reader.error(overlap);
  return { ...update, paths };
};

const parseSet = (reader: ExpressionReader) => {
  reader.countOperator();
  const path = reader.path();
  reader.expect("=");
  return { path, value: parseSum(reader) };
};

const parseSum = (reader: ExpressionReader): SetValue => {
  const left = parseSetOperand(reader);
  const kind = reader.take("+") ? "plus" : reader.take("-") ? "minus" : undefined;
  if (kind === undefined) return left;
  reader.countOperator();
  const right = parseSetOperand(reader);
  for (const one of [left, right])
    assertType(reader, kind === "plus" ? "+" : "-", { value: one, type: "N" });
  return { kind, left, right };
};

const parseSetOperand = (reader: ExpressionReader): SetValue => {
  if (reader.peek().startsWith(":")) return { kind: "value", value: reader.value() };
  if (reader.take("(")) {
    reader.countOperator();
    const inner = parseSum(reader);
    reader.expect(")");
    return inner;
  }
  if (reader.peekSecond() !== "(") return { kind: "path", path: reader.path() };
  reader.countOperator();
  const name = reader.peek();
  if (name !== "if_not_exists" && name !== "list_append") {
    throw reader.error(`Invalid function name; function: ${name}`);
  }
  reader.next();
  reader.expect("(");
  const found = name === "if_not_exists" ? parseIfNotExists(reader) : parseListAppend(reader);
  reader.expect(")");
  return found;
};

const parseIfNotExists = (reader: ExpressionReader): SetValue => {
  const path = reader.path();
  reader.expect(",");
  return { kind: "ifNotExists", path, otherwise: parseSetOperand(reader) };
};

const parseListAppend = (reader: ExpressionReader): SetValue => {
  const left = parseSetOperand(reader);
  reader.expect(",");
  const right = parseSetOperand(reader);
  for (const one of [left, right]) assertType(reader, "list_append", { value: one, type: "L" });
  return { kind: "listAppend", left, right };
};

const assertType = (
  reader: ExpressionReader,
  operator: string,
  { value, type }: { value: SetValue; type: "N" | "L" },
): void => {
  if (value.kind === "value" && typeOf(value.value) !== type) {
    throw reader.error(
      `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(value.value)}`,
    );
  }
};

const parsePathValue = (
  reader: ExpressionReader,
  operator: string,
  types: readonly string[],
): PathValue => {
  reader.countOperator();
  const path = reader.path();
  const value = reader.value();
  if (!types.includes(typeOf(value))) {
    throw reader.error(
      `Incorrect operand type for operator or function; operator: ${operator}, operand type: ${typeOf(value)}`,
    );
  }
  return { path, value };
};
