import * as z from "zod";

/** Whether a pattern matches an event. */
export type Matches = (event: object) => boolean;

type Test = (value: unknown) => boolean;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
type Scalar = z.output<typeof scalar>;

const texts = z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1)]);
const comparison = z.enum(["<", "<=", ">", ">=", "="]);
const bound = z.tuple([comparison, z.number()]);

/**
 * The supported filters of a field. Others, such as `cidr` and `wildcard`, are refused by name.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
const filter = z.union([
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ suffix: z.string() }),
  z.strictObject({ "equals-ignore-case": z.string() }),
  z.strictObject({ exists: z.boolean() }),
  z.strictObject({
    numeric: z.union([bound, z.tuple([...bound.def.items, ...bound.def.items])]),
  }),
  z.strictObject({
    "anything-but": z.union([
      scalar.transform((one) => [one]),
      z.array(scalar).min(1),
      z.strictObject({ prefix: texts }),
      z.strictObject({ suffix: texts }),
    ]),
  }),
]);
type Filter = z.output<typeof filter>;

/**
 * Compiles an event pattern. Every field of the pattern must match: its list has a value or a
 * filter that matches the value of the event, or one of its values. Fails with an error that names
 * the field when the pattern is invalid or has an unsupported filter.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export const compilePattern = (pattern: unknown): Matches => compileObject(pattern, []);

const compileObject = (pattern: unknown, path: readonly string[]): Matches => {
  const fields = z.record(z.string(), z.unknown()).parse(pattern);
  const tests = Object.entries(fields).map(([name, given]): Matches => {
    const own = [...path, name];
    if (name === "$or") return compileAny(given, path);
    if (name.startsWith("$")) throw unsupported(own, name);
    if (Array.isArray(given)) {
      const matches = compileField(given, own);
      return (event) => matches(memberOf(event, name));
    }
    const matches = compileObject(given, own);
    return (event) => {
      const value = memberOf(event, name);
      return matches(typeof value === "object" && value !== null ? value : {});
    };
  });
  if (tests.length === 0) throw new Error(`the event pattern ${path.join(".")} is empty`);
  return (event) => tests.every((test) => test(event));
};

/** `$or` beside the other fields: one of its patterns must match the same object. */
const compileAny = (given: unknown, path: readonly string[]): Matches => {
  const patterns = z.array(z.unknown()).min(2).safeParse(given);
  if (!patterns.success) throw unsupported([...path, "$or"], JSON.stringify(given));
  const tests = patterns.data.map((pattern) => compileObject(pattern, path));
  return (event) => tests.some((test) => test(event));
};

const memberOf = (event: object, name: string): unknown =>
  Object.hasOwn(event, name) ? Object.entries(event).find(([key]) => key === name)?.[1] : undefined;

const compileField = (list: readonly unknown[], path: readonly string[]): Test => {
  if (list.length === 0) throw new Error(`the event pattern has no value for ${path.join(".")}`);
  const tests = list.map((one) => compileValue(one, path));
  return (value) => tests.some((test) => test(value));
};

const compileValue = (given: unknown, path: readonly string[]): Test => {
  const value = scalar.safeParse(given);
  if (value.success) return ofAny((one) => one === value.data);
  const parsed = filter.safeParse(given);
  if (!parsed.success) throw unsupported(path, JSON.stringify(given));
  return compileFilter(parsed.data);
};

const unsupported = (path: readonly string[], what: string): Error =>
  new Error(`the event pattern has an unsupported filter of ${path.join(".")}: ${what}`);

const compileFilter = (given: Filter): Test => {
  if ("exists" in given) {
    return (value) => (value !== undefined && !isStructure(value)) === given.exists;
  }
  if ("prefix" in given) return ofAny((one) => isText(one) && one.startsWith(given.prefix));
  if ("suffix" in given) return ofAny((one) => isText(one) && one.endsWith(given.suffix));
  if ("numeric" in given) return ofAny(compileNumeric(given.numeric));
  if ("equals-ignore-case" in given) {
    const lower = given["equals-ignore-case"].toLowerCase();
    return ofAny((one) => isText(one) && one.toLowerCase() === lower);
  }
  return compileAnythingBut(given["anything-but"]);
};

const compileNumeric = (given: readonly (string | number)[]): ((one: Scalar) => boolean) => {
  const bounds: [operator: string, limit: number][] = [];
  for (let at = 0; at < given.length; at += 2) {
    bounds.push([String(given[at]), Number(given[at + 1])]);
  }
  return (one) =>
    typeof one === "number" && bounds.every(([operator, limit]) => compare(operator, one, limit));
};

const compare = (operator: string, value: number, limit: number): boolean => {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    default:
      return value === limit;
  }
};

const compileAnythingBut = (
  given: Scalar[] | { prefix: string[] } | { suffix: string[] },
): Test => {
  if (Array.isArray(given)) return ofAny((one) => !given.includes(one));
  return "prefix" in given
    ? ofAny((one) => isText(one) && !given.prefix.some((each) => one.startsWith(each)))
    : ofAny((one) => isText(one) && !given.suffix.some((each) => one.endsWith(each)));
};

/** A list in the event matches when one of its values does. A missing field matches nothing. */
const ofAny =
  (test: (one: Scalar) => boolean): Test =>
  (value) =>
    [value].flat().some((one) => {
      const { success, data } = scalar.safeParse(one);
      return success && test(data);
    });

const isText = (value: Scalar): value is string => typeof value === "string";

const isStructure = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);
