import { validationError } from "../dynamoError.ts";
import { type AttributeValue, assertValue } from "../value/attributeValue.ts";

/** The members of a request that name attributes and hold values of its expressions. */
export interface PlaceholderInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

/** The placeholders of a request, such as `#name` and `:value`, and whether they are used. */
export interface Placeholders {
  /** `undefined` when the placeholder is not defined. */
  name(placeholder: string): string | undefined;
  value(placeholder: string): AttributeValue | undefined;
  /** Fails with a `ValidationException` when an expression uses a placeholder not at all. */
  assertAllUsed(): void;
}

const namePattern = /^#[A-Za-z0-9_]+$/;
const valuePattern = /^:[A-Za-z0-9_]+$/;

/**
 * The placeholders of a request with these expressions. Fails with a `ValidationException` when
 * there are placeholders but no expression, and for invalid names and values.
 */
export const placeholdersOf = (
  input: PlaceholderInput,
  expressions: Readonly<Record<string, string | undefined>>,
): Placeholders => {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
  assertGiven("ExpressionAttributeNames", names, expressions);
  assertGiven("ExpressionAttributeValues", values, expressions);
  for (const key in names) assertKey("ExpressionAttributeNames", key, namePattern);
  for (const key in values) {
    assertKey("ExpressionAttributeValues", key, valuePattern);
    assertValue(values[key], key);
  }
  const used = new Set<string>();
  return {
    name(placeholder) {
      used.add(placeholder);
      return names !== undefined && Object.hasOwn(names, placeholder)
        ? names[placeholder]
        : undefined;
    },
    value(placeholder) {
      used.add(placeholder);
      if (values === undefined || !Object.hasOwn(values, placeholder)) return undefined;
      const value = values[placeholder];
      assertValue(value, placeholder);
      return value;
    },
    assertAllUsed() {
      assertUsed("ExpressionAttributeNames", names, used);
      assertUsed("ExpressionAttributeValues", values, used);
    },
  };
};

const assertGiven = (
  member: string,
  given: object | undefined,
  expressions: Readonly<Record<string, string | undefined>>,
): void => {
  if (given === undefined) return;
  if (Object.values(expressions).every((expression) => expression === undefined)) {
    const missing = Object.keys(expressions);
    throw validationError(
      `${member} can only be specified when using expressions: ${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} null`,
    );
  }
  if (Object.keys(given).length === 0) throw validationError(`${member} must not be empty`);
};

const assertKey = (member: string, key: string, pattern: RegExp): void => {
  if (!pattern.test(key)) {
    throw validationError(`${member} contains invalid key: Syntax error; key: "${key}"`);
  }
};

const assertUsed = (member: string, given: object | undefined, used: ReadonlySet<string>): void => {
  const unused = Object.keys(given ?? {}).filter((key) => !used.has(key));
  if (unused.length > 0) {
    throw validationError(
      `Value provided in ${member} unused in expressions: keys: {${unused.join(", ")}}`,
    );
  }
};
