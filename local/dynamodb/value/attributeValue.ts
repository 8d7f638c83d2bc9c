import { invalidValue, serializationError, validationError } from "../dynamoError.ts";
import { nestingLevelsMax } from "../limits.ts";
import { normalizeNumber } from "./decimal.ts";

/**
 * A value in DynamoDB's format: an object with one member, whose name is the type. Numbers are
 * normalized text, binary values are base64.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

/**
 * The attributes of an item or a map. A name can be that of a member of every object, such as
 * `constructor`: read attributes with `attributeOf`.
 */
export type Item = Readonly<Record<string, AttributeValue>>;

const typeNames = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"] as const;

export type TypeName = (typeof typeNames)[number];

export const isTypeName = (name: string): name is TypeName =>
  typeNames.some((known) => known === name);

export const typeOf = (value: AttributeValue): TypeName => {
  for (const name in value) if (isTypeName(name)) return name;
  throw new Error("an attribute value has no type");
};

/** An attribute of an item; `undefined` when the item does not have it. */
export const attributeOf = (item: Item, name: string): AttributeValue | undefined =>
  Object.hasOwn(item, name) ? item[name] : undefined;

/** A copy of an item with other attributes. An own member also for the name `__proto__`. */
export const withAttribute = (item: Item, name: string, value: AttributeValue): Item => ({
  ...item,
  [name]: value,
});

/** A copy of an item without an attribute. */
export const withoutAttribute = (item: Item, name: string): Item => {
  const { [name]: _, ...rest } = item;
  return rest;
};

/** Narrows a value of parsed JSON to an object that is not an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Checks an item of parsed JSON and normalizes its numbers in place. Fails with a DynamoDB error
 * that names the problem.
 */
export function assertItem(given: unknown): asserts given is Item {
  if (!isObject(given))
    throw serializationError("Start of structure or map found where not expected");
  for (const name in given) checkAttribute(given[name], name, 1);
}

/** Checks one value as `assertItem` does. */
export function assertValue(given: unknown, name: string): asserts given is AttributeValue {
  checkAttribute(given, name, 1);
}

const checkAttribute = (given: unknown, name: string, level: number): void => {
  if (!isObject(given)) throw serializationError(`the value of ${name} is not an attribute value`);
  const types = Object.keys(given);
  const [type] = types;
  if (type === undefined || types.length > 1) {
    throw validationError(
      type === undefined
        ? "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        : "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
  }
  if (!isTypeName(type)) {
    throw validationError(`the attribute ${name} has the unknown datatype ${type}`);
  }
  given[type] = normalize(given[type], { type, name, level });
};

/** The normalized content of an attribute value. */
const normalize = (
  content: unknown,
  { type, name, level }: { type: TypeName; name: string; level: number },
): unknown => {
  switch (type) {
    case "S":
      if (typeof content !== "string") throw notA("string", name);
      return content;
    case "N":
      if (typeof content !== "string") throw notA("string", name);
      return normalizeNumber(content);
    case "B":
      return normalizedBinary(content, name);
    case "BOOL":
      if (typeof content !== "boolean") throw notA("boolean", name);
      return content;
    case "NULL":
      if (content === true) return content;
      throw invalidValue("Null attribute value types must have the value of true");
    case "SS":
    case "NS":
    case "BS":
      return normalizedSet(content, type, name);
    default:
      checkNested(content, { type, name, level });
      return content;
  }
};

const checkNested = (
  content: unknown,
  { type, name, level }: { type: "L" | "M"; name: string; level: number },
): void => {
  if (level > nestingLevelsMax) {
    throw validationError("Nesting Levels have exceeded supported limits");
  }
  if (type === "L") {
    if (!Array.isArray(content)) throw notA("list", name);
    for (const element of content) checkAttribute(element, name, level + 1);
    return;
  }
  if (!isObject(content)) throw notA("map", name);
  for (const key in content) checkAttribute(content[key], key, level + 1);
};

const normalizedSet = (content: unknown, type: "SS" | "NS" | "BS", name: string): string[] => {
  if (!Array.isArray(content)) throw notA("list", name);
  if (content.length === 0) {
    throw invalidValue(
      `An ${type === "BS" ? "binary" : type === "NS" ? "number" : "string"} set  may not be empty`,
    );
  }
  const elements = content.map((element: unknown) => {
    if (typeof element !== "string") throw notA("string", name);
    if (type === "NS") return normalizeNumber(element);
    return type === "BS" ? normalizedBinary(element, name) : element;
  });
  if (new Set(elements).size < elements.length) {
    throw invalidValue(
      type === "NS"
        ? `Input collection [${elements.join(", ")}] contains duplicates.`
        : `Input collection [${elements.join(", ")}] of type ${type} contains duplicates.`,
    );
  }
  return elements;
};

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

const normalizedBinary = (content: unknown, name: string): string => {
  if (typeof content !== "string") throw notA("string", name);
  if (content.length % 4 !== 0 || !base64.test(content)) {
    throw serializationError(`the binary value of ${name} is not base64`);
  }
  return Buffer.from(content, "base64").toString("base64");
};

const notA = (type: string, name: string) =>
  serializationError(`the value of the attribute ${name} is not a ${type}`);
