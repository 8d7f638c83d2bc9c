import { isDeepStrictEqual } from "node:util";
import { inOperandsMax } from "../limits.ts";
import { type AttributeValue, isTypeName, type TypeName, typeOf } from "../value/attributeValue.ts";
import { compare } from "../value/compare.ts";
import type { DocumentPath } from "./documentPath.ts";
import type { Placeholders } from "./placeholders.ts";
import { type ExpressionKind, type ExpressionReader, readExpression } from "./reader.ts";

/** An operand of a condition. */
export type Operand =
  | { readonly kind: "path"; readonly path: DocumentPath }
  | { readonly kind: "size"; readonly path: DocumentPath }
  | { readonly kind: "value"; readonly value: AttributeValue };

const comparators = ["=", "<>", "<", "<=", ">", ">="] as const;

type Comparator = (typeof comparators)[number];

/** A parsed condition, with its placeholders resolved. */
export type Condition =
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | {
      readonly kind: "compare";
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: "between";
      readonly operand: Operand;
      readonly low: Operand;
      readonly high: Operand;
    }
  | { readonly kind: "in"; readonly operand: Operand; readonly list: readonly Operand[] }
  | { readonly kind: "exists" | "notExists"; readonly path: DocumentPath }
  | { readonly kind: "type"; readonly path: DocumentPath; readonly type: TypeName }
  | { readonly kind: "beginsWith" | "contains"; readonly operand: Operand; readonly part: Operand };

/**
 * Parses a condition, filter or key condition:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 * Fails with a `ValidationException` in DynamoDB's words.
 */
export const parseCondition = (
  kind: ExpressionKind,
  text: string,
  placeholders: Placeholders,
): Condition => {
  const reader = readExpression(kind, text, placeholders);
  const condition = conditionParser(reader)();
  if (reader.peek() !== "") throw reader.syntaxError();
  return condition;
};

const conditionParser = (reader: ExpressionReader): (() => Condition) => {
  /** The last condition that was read with its parentheses. */
  let parenthesized: Condition | undefined;

  const list = (kind: "and" | "or", part: () => Condition) => (): Condition => {
    const first = part();
    const parts = [first];
    while (reader.take(kind.toUpperCase())) {
      reader.countOperator();
      parts.push(part());
    }
    return parts.length === 1 ? first : { kind, parts };
  };
  const not = (): Condition => {
    if (!reader.take("NOT")) return primary();
    reader.countOperator();
    return { kind: "not", part: not() };
  };
  const or = list("or", list("and", not));

  const primary = (): Condition => {
    if (reader.isOperandInParentheses() || !reader.take("(")) return parsePredicate(reader);
    reader.countOperator();
    const inner = or();
    reader.expect(")");
    if (inner === parenthesized) throw reader.error("The expression has redundant parentheses;");
    parenthesized = inner;
    return inner;
  };
  return or;
};

const parsePredicate = (reader: ExpressionReader): Condition => {
  reader.countOperator();
  if (reader.peekSecond() === "(" && reader.peek() !== "size") return parseFunction(reader);
  const left = parseOperand(reader);
  if (reader.take("BETWEEN")) return parseBetween(reader, left);
  if (reader.take("IN")) return parseIn(reader, left);
  const comparator = comparators.find((one) => one === reader.peek());
  if (comparator === undefined) throw reader.syntaxError();
  reader.next();
  const right = parseOperand(reader);
  if (left.kind === "path" && right.kind === "path" && isDeepStrictEqual(left, right)) {
    throw reader.error(
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${comparator}, first operand: [${left.path.join(", ")}]`,
    );
  }
  if (comparator !== "=" && comparator !== "<>") {
    assertOrdered(reader, comparator, left);
    assertOrdered(reader, comparator, right);
  }
  return { kind: "compare", comparator, left, right };
};

const parseBetween = (reader: ExpressionReader, operand: Operand): Condition => {
  const low = parseOperand(reader);
  reader.expect("AND");
  const high = parseOperand(reader);
  for (const one of [operand, low, high]) assertOrdered(reader, "BETWEEN", one);
  if (low.kind === "value" && high.kind === "value") assertBounds(reader, low.value, high.value);
  return { kind: "between", operand, low, high };
};

const assertBounds = (
  reader: ExpressionReader,
  low: AttributeValue,
  high: AttributeValue,
): void => {
  const order = compare(low, high);
  if (order === undefined) {
    throw reader.error(
      `The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {${typeOf(low)}}, upper bound operand: AttributeValue: {${typeOf(high)}}`,
    );
  }
  if (order > 0) {
    throw reader.error(
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {${show(low)}}, upper bound operand: AttributeValue: {${show(high)}}`,
    );
  }
};

const show = (value: AttributeValue): string => Object.entries(value).flat().join(":");

const parseIn = (reader: ExpressionReader, operand: Operand): Condition => {
  reader.expect("(");
  const list = [parseOperand(reader)];
  while (reader.take(",")) list.push(parseOperand(reader));
  reader.expect(")");
  if (list.length > inOperandsMax) {
    throw reader.error(`The IN operator has more than ${inOperandsMax} operands`);
  }
  return { kind: "in", operand, list };
};

const parseOperand = (reader: ExpressionReader): Operand => {
  if (reader.take("(")) {
    reader.countOperator();
    const inner = parseOperand(reader);
    reader.expect(")");
    return inner;
  }
  if (reader.peek().startsWith(":")) return { kind: "value", value: reader.value() };
  if (reader.peekSecond() !== "(") return { kind: "path", path: reader.path() };
  if (reader.peek() !== "size") throw invalidFunction(reader);
  reader.countOperator();
  reader.next();
  reader.expect("(");
  const path = reader.path();
  reader.expect(")");
  return { kind: "size", path };
};

const invalidFunction = (reader: ExpressionReader): Error =>
  reader.error(`Invalid function name; function: ${reader.peek()}`);

const parseFunction = (reader: ExpressionReader): Condition => {
  const known = functions[reader.peek()];
  if (known === undefined || !Object.hasOwn(functions, reader.peek())) {
    throw invalidFunction(reader);
  }
  reader.next();
  reader.expect("(");
  const condition = known(reader);
  reader.expect(")");
  return condition;
};

const functions: Record<string, (reader: ExpressionReader) => Condition> = {
  attribute_exists: (reader) => ({ kind: "exists", path: reader.path() }),
  attribute_not_exists: (reader) => ({ kind: "notExists", path: reader.path() }),
  attribute_type(reader) {
    const path = reader.path();
    reader.expect(",");
    const value = reader.value();
    const type = "S" in value ? value.S : "";
    if (!isTypeName(type)) {
      throw reader.error(
        `Invalid attribute type name found; type: ${type}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
      );
    }
    return { kind: "type", path, type };
  },
  begins_with(reader) {
    const [operand, part] = parsePair(reader);
    for (const each of [operand, part]) {
      assertType(reader, "begins_with", { operand: each, types: ["S", "B"] });
    }
    return { kind: "beginsWith", operand, part };
  },
  contains(reader) {
    const [operand, part] = parsePair(reader);
    return { kind: "contains", operand, part };
  },
};

const parsePair = (reader: ExpressionReader): [Operand, Operand] => {
  const first = parseOperand(reader);
  reader.expect(",");
  return [first, parseOperand(reader)];
};

const assertOrdered = (reader: ExpressionReader, operator: string, operand: Operand): void =>
  assertType(reader, operator, { operand, types: ["S", "N", "B"] });

const assertType = (
  reader: ExpressionReader,
  operator: string,
  { operand, types }: { operand: Operand; types: readonly TypeName[] },
): void => {
  if (operand.kind !== "value") return;
  const type = typeOf(operand.value);
  if (!types.includes(type)) {
    throw reader.error(
      `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
    );
  }
};
