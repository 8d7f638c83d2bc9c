import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { basicIngest, isFilter, topicMatcher, topicProblem } from "../../../local/iot/topic.ts";

const level = fc.string({ unit: fc.constantFrom("a", "b", "$"), maxLength: 2 });
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));

/** A reference implementation of MQTT 3.1.1, section 4.7, and of IoT Core's `#`. */
const plain = (filter: string[], levels: string[]): boolean => {
  const [first, ...rest] = filter;
  if (first === "#") return levels.length > 0;
  if (first === undefined || levels.length === 0) return first === undefined && levels.length === 0;
  return (first === "+" || first === levels[0]) && plain(rest, levels.slice(1));
};

describe("a topic filter", () => {
  it("agrees with a reference implementation of the standard", () => {
    const filter = fc
      .tuple(fc.array(fc.oneof(level, fc.constant("+")), { maxLength: 4 }), fc.boolean())
      .map(([levels, open]) => (open ? [...levels, "#"] : levels))
      .filter((levels) => levels.length > 0 && levels.join("/") !== "");
    fc.assert(
      fc.property(filter, topic, (levels, name) => {
        fc.pre(!name.startsWith("$"));
        expect(topicMatcher(levels.join("/"))(name)).toBe(plain(levels, name.split("/")));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["#", "$aws/rules/r/t"],
    ["+/rules/r/t", "$aws/rules/r/t"],
    ["events/#", "events"],
  ])("%s does not match %s", (filter, name) => {
    expect(topicMatcher(filter)(name)).toBe(false);
  });

  it.each(["", "a/#/b", "a#", "a/b+", "#/", "a\0b"])("%j is malformed", (filter) => {
    expect(isFilter(filter)).toBe(false);
  });

  it.each(["#", "+", "a/+/b", "a/#", "/", "a//b"])("%j is well formed", (filter) => {
    expect(isFilter(filter)).toBe(true);
  });
});

describe("a topic", () => {
  it("may have 256 bytes and 7 slashes", () => {
    expect(topicProblem("é".repeat(128))).toBeUndefined();
    expect(topicProblem("é".repeat(129))).toContain("256 bytes");
    expect(topicProblem("a/".repeat(7))).toBeUndefined();
    expect(topicProblem("a/".repeat(8))).toContain("7 slashes");
  });

  it("does not count the prefix of basic ingest", () => {
    expect(topicProblem(`$aws/rules/some_rule/${"a".repeat(256)}`)).toBeUndefined();
    expect(topicProblem(`$aws/rules/some_rule/${"a/".repeat(7)}`)).toBeUndefined();
    expect(topicProblem(`$aws/rules/some_rule/${"a/".repeat(8)}`)).toContain("7 slashes");
  });

  it("has a rule and a topic with basic ingest", () => {
    expect(basicIngest("$aws/rules/r/events/f/d/t")).toEqual({ rule: "r", topic: "events/f/d/t" });
    expect(basicIngest("$aws/rules/r")).toBeUndefined();
    expect(basicIngest("events/f/d/t")).toBeUndefined();
  });
});
