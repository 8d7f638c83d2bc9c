import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { flag } from "#shared/input/flag.ts";
import { readInput } from "#shared/input/readInput.ts";
import { time } from "#shared/input/time.ts";
import { wholeNumber } from "#shared/input/wholeNumber.ts";
import { Failure } from "#shared/platform/failure.ts";

/** The message of a rejected input. */
const said = (schema: z.core.$ZodType, input: unknown): string => {
  try {
    readInput(schema, input);
  } catch (error) {
    if (error instanceof Failure && error.code === "invalid_request") return error.message;
    throw error;
  }
  return "";
};

const leaf = z.object({ name: z.string().optional(), data: z.string().optional() });

describe("a field that a schema does not know", () => {
  it("has the name __proto__, which zod would drop", () => {
    const given: unknown = JSON.parse('{"__proto__":"x"}');
    const open = [z.record(z.string(), z.unknown()), z.looseObject({}), mini.looseObject({})];
    for (const schema of [...open, z.object({}), z.union([z.string(), z.looseObject({})])]) {
      expect(said(schema, given)).toMatch(/^__proto__: is an unknown field/);
      expect(said(z.object({ a: z.optional(schema) }), { a: given })).toMatch(/^a.__proto__: is/);
    }
    expect(said(z.object({ data: z.unknown() }), { data: given })).toBe("");
  });

  it("is rejected by its name, with the closest known name", () => {
    const replay = z.object({
      plan: z._default(flag, false),
      status: z.optional(wholeNumber(100, 599)),
    });
    expect(said(replay, { plan: true, stauts: 503 })).toBe(
      "stauts: is an unknown field; did you mean status?",
    );
    expect(said(replay, { dryRun: true })).toBe(
      "dryRun: is an unknown field: known fields are plan, status",
    );
    expect(said(z.object({}), { a: 1 })).toMatch(/^a: .*: no fields are allowed$/);
  });

  it.each<[string, z.ZodType, (inner: unknown) => unknown, string]>([
    ["an object", z.object({ event: leaf }), (event) => ({ event }), "event.naem"],
    [
      "an optional object",
      z.object({ event: leaf.optional() }),
      (event) => ({ event }),
      "event.naem",
    ],
    ["a default", z.object({ event: leaf.default({}) }), (event) => ({ event }), "event.naem"],
    ["a list", z.object({ events: z.array(leaf) }), (e) => ({ events: [{}, e] }), "events.1.naem"],
    ["a record", z.record(z.string(), leaf), (event) => ({ a: event }), "a.naem"],
    ["a union", z.union([z.string(), leaf]), (event) => event, "naem"],
    ["an intersection", z.object({ a: z.string().optional() }).and(leaf), (event) => event, "naem"],
    ["a transform", leaf.transform(({ name }) => name), (event) => event, "naem"],
    ["a preprocess", z.preprocess((given) => given, leaf), (event) => event, "naem"],
    [
      "a small schema",
      z.object({ a: mini.object({ name: mini.string() }) }),
      (a) => ({ a }),
      "a.naem",
    ],
    ["a list in a union", z.union([z.string(), z.array(leaf)]), (event) => [event], "0.naem"],
  ])("is refused inside %s", (_, schema, around, path) => {
    expect(said(schema, around({ name: "x", naem: "y" }))).toContain(
      `${path}: is an unknown field; did you mean ${path.replace("naem", "name")}?`,
    );
    expect(said(schema, around({ name: "x" }))).toBe("");
  });

  it("is refused in an option of a union without this field", () => {
    const schema = z.union([z.object({ id: z.string() }), z.object({ csr: z.string() })]);
    expect(said(schema, { id: "1", csr: "2" })).toMatch(/cannot be combined/);
    expect(said(schema, { id: "1" })).toBe("");
    expect(said(schema, {})).toBe("id: is missing, or csr: is missing");
  });

  it("is accepted if another parser reads it", () => {
    expect(readInput(leaf, { nonce: "1" }, new Set(["nonce"]))).toEqual({});
    const nested = z.object({ event: leaf });
    const inside = { event: { nonce: "1" } };
    expect(() => readInput(nested, inside, new Set(["nonce"]))).toThrow(/^event\.nonce: /);
  });

  it("is truncated in the message when its name is long, and further ones are counted", () => {
    const long = said(leaf, { ["x".repeat(100_000)]: 1 });
    expect(long.length).toBeLessThan(200);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`field${i}`, i]));
    expect(said(leaf, many)).toMatch(/; and 990 more$/);
    expect(said(leaf, JSON.parse('{"__proto__":{"a":1}}'))).toMatch(/^__proto__: /);
    expect(said(leaf, { "": 1 })).toMatch(/^\(a field without a name\): /);
  });
});

describe("a rejected value", () => {
  const schema = z.object({
    text: z.string().min(1).max(5),
    number: wholeNumber(1, 100),
    time,
    flag,
    list: z.array(z.string()).min(1).max(2),
    choice: z.enum(["asc", "desc"]),
    fields: z.record(z.string(), z.string()),
    either: z.union([z.string(), z.array(z.string())]),
    object: z.object({ inner: z.string() }),
    url: z.url(),
    at: z.iso.datetime({ offset: true }),
    kind: z.discriminatedUnion("type", [
      z.object({ type: z.literal("a") }),
      z.object({ type: z.literal("b") }),
    ]),
    small: mini.object({ s: mini.string().check(mini.maxLength(3)) }),
  });

  it("is never described with the message of the validator", () => {
    const names = fc.constantFrom(...Object.keys(schema.shape));
    const input = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(input, (given) => {
        // Names of fields are part of the message, and can be words of the validator.
        fc.pre(!/;|nan|expected|received/i.test(JSON.stringify(given)));
        const text = said(schema, given).replaceAll(/"[^"]*"/g, "");
        expect(text).not.toMatch(/invalid input|expected|received|NaN|undefined|too (big|small)/i);
        expect(text).not.toMatch(/(^|; ): /);
      }),
    );
  });

  it("is described with a bound that is not allowed itself", () => {
    const schema = z.object({
      a: mini.optional(mini.int().check(mini.positive())),
      b: z.number().lt(5).optional(),
    });
    expect(said(schema, { a: 0 })).toBe("a: must be more than 0");
    expect(said(schema, { b: 5 })).toBe("b: must be less than 5");
  });

  it("is described with its field, the problem and an example", () => {
    const one = (field: keyof typeof schema.shape, value: unknown) =>
      said(z.object({ [field]: schema.shape[field] }), { [field]: value });
    expect(one("number", "many")).toBe(
      "number: must be a whole number from 1 to 100, for example 10",
    );
    expect(one("time", "yesterday")).toMatch(/^time: must be a time, for example 2026-/);
    expect(one("flag", "maybe")).toBe("flag: must be true or false");
    expect(one("choice", "decs")).toBe("choice: must be one of asc, desc; did you mean desc?");
    expect(one("list", "a")).toBe('list: must be a list, for example ["abc"]');
    expect(one("text", "")).toBe("text: must not be empty");
    expect(one("text", "123456")).toBe("text: must have at most 5 characters");
    expect(one("kind", { type: "c" })).toBe("kind.type: must be one of a, b; did you mean a?");
    expect(one("object", {})).toBe("object.inner: is missing");
    expect(one("either", 5)).toMatch(/must be a text.*must be a list/);
    expect(said(schema, [])).toMatch(/^must be an object/);
  });
});

describe("a number, a time and a flag", () => {
  it.each([
    undefined,
    null,
    "",
    " ",
    [],
    [5],
    {},
    true,
    false,
    "5 ",
    "0x10",
    "1e2",
    "5.5",
    5.5,
    "NaN",
    Number.NaN,
  ])("%o is not an integer", (given) => {
    expect(said(wholeNumber(0, 100), given)).toMatch(/whole number from 0 to 100/);
  });

  it.each([
    [5, 5],
    ["5", 5],
    ["-5", -5],
    [0, 0],
  ])("%o is the number %i", (given, number) => {
    expect(readInput(wholeNumber(-9, 100), given)).toBe(number);
  });

  it.each([
    undefined,
    null,
    "",
    [],
    {},
    true,
    "yesterday",
    "2026-13-01",
    "12:00",
    "2026-01-31T12:00:00",
    -1,
    "-1",
    1.5,
  ])("%o is not a time", (given) => {
    expect(said(time, given)).toMatch(/must be a time, for example/);
  });

  it.each([
    ["2026-01-31T12:00:00Z", 1_769_860_800_000],
    ["2026-01-31T13:00:00+01:00", 1_769_860_800_000],
    ["2026-01-31", 1_769_817_600_000],
    ["1769860800000", 1_769_860_800_000],
    [1_769_860_800_000, 1_769_860_800_000],
  ])("%o is the time %i", (given, ms) => {
    expect(readInput(time, given)).toBe(ms);
  });

  it.each([undefined, null, "", [], {}, 2, "yes", "TRUE "])("%o is not a flag", (given) => {
    expect(said(flag, given)).toMatch(/must be true or false/);
  });

  it.each([
    [true, true],
    ["true", true],
    ["1", true],
    [1, true],
    [false, false],
    ["false", false],
    ["0", false],
    [0, false],
  ])("%o is the flag %o", (given, meant) => {
    expect(readInput(flag, given)).toBe(meant);
  });
});
