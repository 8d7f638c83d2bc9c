import { validationError } from "../dynamoError.ts";
import { type AttributeValue, typeOf } from "../value/attributeValue.ts";
import { type KeyAttribute, type KeyShape, keyBytes } from "../value/keys.ts";
import { type Condition, type Operand, parseCondition } from "./condition.ts";
import type { Placeholders } from "./placeholders.ts";

/** A range of sort keys: bounds as bytes, each included or not. */
export interface KeyRange {
  readonly pk: Buffer;
  readonly from?: Bound;
  readonly to?: Bound;
}

interface Bound {
  readonly bytes: Buffer;
  readonly isIncluded: boolean;
}

const invalidOperator = (operator: string) =>
  validationError(`Invalid operator used in KeyConditionExpression: ${operator}`);

const notSupported = () => validationError("Query key condition not supported");

/**
 * Parses a `KeyConditionExpression` for a table or index with this key: the value of the partition
 * key, and optionally a condition on the sort key.
 */
export const parseKeyCondition = (
  text: string,
  placeholders: Placeholders,
  shape: KeyShape,
): KeyRange => {
  const condition = parseCondition("KeyConditionExpression", text, placeholders);
  if (condition.kind === "or") throw invalidOperator("OR");
  const parts = condition.kind === "and" ? condition.parts : [condition];
  const bounds = new Map<string, Bounds>();
  for (const part of parts) {
    const { name, ...found } = boundsOf(part);
    if (bounds.has(name)) {
      throw validationError("KeyConditionExpressions must only contain one condition per key");
    }
    bounds.set(name, found);
  }
  const { partition, sort } = shape;
  const equal = bounds.get(partition.name);
  if (equal === undefined) throw missing(partition);
  if (equal.isEqual !== true || equal.low === undefined) throw notSupported();
  const pk = bytesOf(equal.low.value, partition);
  if (bounds.size === 1) return { pk };
  const range = sort && bounds.get(sort.name);
  if (bounds.size > 2) {
    throw validationError("Conditions can be of length 1 or 2 only");
  }
  if (sort === undefined || range === undefined) {
    throw sort === undefined ? notSupported() : missing(sort);
  }
  return { pk, ...rangeOf(range, sort) };
};

const missing = ({ name }: KeyAttribute) =>
  validationError(`Query condition missed key schema element: ${name}`);

interface ValueBound {
  readonly value: AttributeValue;
  readonly isIncluded: boolean;
}

interface Bounds {
  readonly low?: ValueBound;
  readonly high?: ValueBound;
  readonly isEqual?: boolean;
  readonly prefix?: AttributeValue;
}

/** The bounds of one condition on one attribute. */
const boundsOf = (condition: Condition): Bounds & { readonly name: string } => {
  if (condition.kind === "between") {
    const { operand, low, high } = condition;
    return {
      name: nameOf(operand),
      low: { value: literal(low), isIncluded: true },
      high: { value: literal(high), isIncluded: true },
    };
  }
  if (condition.kind === "beginsWith") {
    return { name: nameOf(condition.operand), prefix: literal(condition.part) };
  }
  if (condition.kind !== "compare") throw invalidOperator(operatorNames[condition.kind]);
  const { comparator, left, right } = attributeFirst(condition);
  const name = nameOf(left);
  const value = literal(right);
  switch (comparator) {
    case "=":
      return {
        name,
        isEqual: true,
        low: { value, isIncluded: true },
        high: { value, isIncluded: true },
      };
    case "<":
    case "<=":
      return { name, high: { value, isIncluded: comparator === "<=" } };
    case ">":
    case ">=":
      return { name, low: { value, isIncluded: comparator === ">=" } };
    default:
      throw invalidOperator(comparator);
  }
};

const operatorNames = {
  and: "AND",
  or: "OR",
  not: "NOT",
  in: "IN",
  exists: "attribute_exists",
  notExists: "attribute_not_exists",
  type: "attribute_type",
  contains: "contains",
} as const;

type Comparison = Extract<Condition, { kind: "compare" }>;

const mirrored = { "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

/** A comparison with the attribute on the left. */
const attributeFirst = (comparison: Comparison): Comparison => {
  const { comparator, left, right } = comparison;
  if (left.kind !== "value") return comparison;
  return { kind: "compare", comparator: mirrored[comparator], left: right, right: left };
};

const nameOf = (operand: Operand): string => {
  const [name, ...rest] = operand.kind === "path" ? operand.path : [];
  if (typeof name !== "string" || rest.length > 0) throw notSupported();
  return name;
};

const literal = (operand: Operand): AttributeValue => {
  if (operand.kind !== "value") throw notSupported();
  return operand.value;
};

const rangeOf = (
  { low, high, prefix }: Bounds,
  sort: KeyAttribute,
): Pick<KeyRange, "from" | "to"> => {
  if (prefix !== undefined) {
    if (sort.type === "N") throw notSupported();
    const bytes = bytesOf(prefix, sort);
    const end = behindPrefix(bytes);
    return {
      from: { bytes, isIncluded: true },
      ...(end && { to: { bytes: end, isIncluded: false } }),
    };
  }
  const bound = ({ value, isIncluded }: ValueBound) => ({
    bytes: bytesOf(value, sort),
    isIncluded,
  });
  return { ...(low && { from: bound(low) }), ...(high && { to: bound(high) }) };
};

/** The first bytes behind everything that begins with `prefix`; `undefined` when nothing is. */
const behindPrefix = (prefix: Buffer): Buffer | undefined => {
  const end = prefix.findLastIndex((byte) => byte < 0xff);
  if (end === -1) return undefined;
  const bytes = Buffer.from(prefix.subarray(0, end + 1));
  bytes[end] = (bytes[end] ?? 0) + 1;
  return bytes;
};

const bytesOf = (value: AttributeValue, attribute: KeyAttribute): Buffer => {
  const bytes = keyBytes(value, attribute.type);
  if (bytes === undefined) {
    throw validationError(
      `One or more parameter values were invalid: Condition parameter type does not match schema type; key: ${attribute.name}, expected: ${attribute.type}, actual: ${typeOf(value)}`,
    );
  }
  if (bytes.length === 0) {
    throw validationError(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${attribute.type === "S" ? "string" : "binary"} value. Key: ${attribute.name}`,
    );
  }
  return bytes;
};
