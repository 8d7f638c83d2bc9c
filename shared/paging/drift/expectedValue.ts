import { isRecord } from "../../platform/isRecord.ts";

export type ReadonlyRecord = Readonly<Record<string, unknown>>;

/** What `Ref` returns, by logical id; pseudo parameters such as `AWS::Region` too. */
export type Refs = ReadonlyMap<string, string>;

/**
 * Whether a value is what a template states. A part that only CloudFormation knows, such as an
 * attribute of another resource, matches any text. Members that the template does not have are not
 * compared: services add their defaults.
 */
export const isAsExpected = (expected: unknown, actual: unknown, refs: Refs): boolean => {
  const pattern = patternOf(expected, refs);
  if (pattern !== undefined) return typeof actual === "string" && matches(pattern, actual);
  if (Array.isArray(expected)) return isListAsExpected(expected, actual, refs);
  if (isRecord(expected)) {
    return (
      isRecord(actual) &&
      Object.entries(expected).every(([name, value]) => isAsExpected(value, actual[name], refs))
    );
  }
  if (typeof actual === "number") return Number(expected) === actual;
  return String(expected) === String(actual);
};

/** Lists are compared in any order: dimensions, actions and metrics have none. */
const isListAsExpected = (expected: readonly unknown[], actual: unknown, refs: Refs): boolean => {
  if (!Array.isArray(actual) || actual.length !== expected.length) return false;
  const left: unknown[] = [...actual];
  return expected.every((value) => {
    const index = left.findIndex((each) => isAsExpected(value, each, refs));
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
};

/** A text in parts; `undefined` is any text. */
type Pattern = readonly (string | undefined)[];

/** The text of an intrinsic function; `undefined` if the value is none. */
const patternOf = (value: unknown, refs: Refs): Pattern | undefined => {
  if (!isRecord(value)) return undefined;
  const [[name, argument] = ["", undefined], ...others] = Object.entries(value);
  if (others.length > 0) return undefined;
  if (name === "Ref") return [refs.get(String(argument))];
  if (name === "Fn::Join") return joined(argument, refs);
  return name.startsWith("Fn::") ? [undefined] : undefined;
};

const joined = (argument: unknown, refs: Refs): Pattern => {
  const [separator, parts]: unknown[] = Array.isArray(argument) ? argument : [];
  if (typeof separator !== "string" || !Array.isArray(parts)) return [undefined];
  return parts.flatMap((part: unknown, index) => [
    ...(index === 0 ? [] : [separator]),
    ...(patternOf(part, refs) ?? [String(part)]),
  ]);
};

const matches = (pattern: Pattern, text: string): boolean => {
  const source = pattern.map((part) => (part === undefined ? ".*" : escaped(part))).join("");
  return new RegExp(`^${source}$`, "s").test(text);
};

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
