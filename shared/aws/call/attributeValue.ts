import { isRecord } from "../../platform/isRecord.ts";

/** Attributes of an item as values of JavaScript. */
export type Item = Record<string, unknown>;

/**
 * A value in DynamoDB's JSON, with binary values as base64.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Readonly<Record<string, AttributeValue>> }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] };

/**
 * Converts a value as the SDK's document client does with `removeUndefinedValues`: `undefined` and
 * functions in lists and objects are left out, a `bigint` is a number, a `Map` is an object and a
 * `Set` is a set of the type of its first member. Bytes are a `Uint8Array`. Throws a `TypeError`
 * for other values, for an empty set and for numbers that are not exact.
 */
export const toAttribute = (value: unknown): AttributeValue => {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      return { N: numberText(value) };
    case "boolean":
      return { BOOL: value };
    case "bigint":
      return { N: String(value) };
    default:
      if (value === null) return { NULL: true };
      if (Array.isArray(value)) return { L: value.filter(isStored).map(toAttribute) };
      if (value instanceof Uint8Array) return { B: base64(value) };
      if (value instanceof Set) return toSet([...value].filter((member) => member !== undefined));
      if (value instanceof Map) return { M: toAttributes(Object.fromEntries(value)) };
      if (isPlain(value)) return { M: toAttributes(value) };
      throw new TypeError(`DynamoDB does not store a value like ${String(value)}`);
  }
};

/** Converts the attributes of an item, or the values of an expression. */
export const toAttributes = (values: object): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => isStored(value))
      .map(([name, value]) => [name, toAttribute(value)]),
  );

const isStored = (value: unknown): boolean => value !== undefined && typeof value !== "function";

const isPlain = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const numberText = (value: unknown): string => {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new TypeError(`DynamoDB does not store the number ${String(value)}`);
  }
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new TypeError(`${value} is not exact: use a bigint`);
  }
  return String(value);
};

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

const toSet = (members: readonly unknown[]): AttributeValue => {
  const [first] = members;
  if (typeof first === "number" || typeof first === "bigint")
    return { NS: members.map(numberText) };
  if (typeof first === "string") return { SS: members.map(String) };
  if (first instanceof Uint8Array) {
    return { BS: members.map((member) => base64(bytesIn(member))) };
  }
  throw new TypeError("a set of DynamoDB has at least one string, number or byte array");
};

const bytesIn = (value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  throw new TypeError("a set of DynamoDB has members of one type");
};

/** Converts the attributes of an item of a response. Throws a `TypeError` if they have no type. */
export const fromAttributes = (item: unknown): Item => {
  if (!isRecord(item)) throw malformed(item);
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, fromAttribute(value)]),
  );
};

/** Converts a value of a response. A number that JavaScript cannot hold exactly is a `bigint`. */
export const fromAttribute = (attribute: unknown): unknown => {
  if (!isRecord(attribute)) throw malformed(attribute);
  for (const [type, value] of Object.entries(attribute)) {
    switch (type) {
      case "S":
        return text(value);
      case "N":
        return readNumber(text(value));
      case "BOOL":
        return value === true;
      case "NULL":
        return null;
      case "M":
        return fromAttributes(value);
      case "L":
        return list(value).map(fromAttribute);
      case "B":
        return readBytes(value);
      case "SS":
        return new Set(list(value).map(text));
      case "NS":
        return new Set(list(value).map((member) => readNumber(text(member))));
      case "BS":
        return new Set(list(value).map(readBytes));
      default:
        throw malformed(attribute);
    }
  }
  throw malformed(attribute);
};

const malformed = (value: unknown): TypeError =>
  new TypeError(`not a value of DynamoDB: ${JSON.stringify(value)}`);

const text = (value: unknown): string => {
  if (typeof value !== "string") throw malformed(value);
  return value;
};

const list = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw malformed(value);
  return value;
};

const readNumber = (digits: string): number | bigint => {
  const number = Number(digits);
  if (Number.isNaN(number)) throw malformed(digits);
  return Math.abs(number) > Number.MAX_SAFE_INTEGER ? BigInt(digits) : number;
};

/** A plain `Uint8Array`, as the SDK returns, over the bytes of the buffer. */
const readBytes = (value: unknown): Uint8Array => {
  const bytes = Buffer.from(text(value), "base64");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};
