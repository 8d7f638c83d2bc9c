import fc from "fast-check";
import { expect, it } from "vitest";
import { filtersFor } from "../../../device/messages/subscriptions.ts";

/** Whether a filter matches a topic, as defined in MQTT 3.1.1, section 4.7. */
const matches = (filter: string, topic: string): boolean => {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  if (wanted.at(-1) === "#") {
    return (
      levels.length >= wanted.length - 1 &&
      wanted.slice(0, -1).every((each, n) => each === "+" || each === levels[n])
    );
  }
  return (
    wanted.length === levels.length && wanted.every((each, n) => each === "+" || each === levels[n])
  );
};

const level = fc.constantFrom("a", "b", "ab", "A");
const name = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/"));
const prefix = fc
  .tuple(name, fc.nat())
  .map(([name, cut]) => name.slice(0, cut % (name.length + 1)));

it("matches each subscribed event with exactly one filter", () => {
  fc.assert(
    fc.property(fc.array(prefix, { minLength: 1, maxLength: 6 }), name, (prefixes, name) => {
      fc.pre(prefixes.some((prefix) => name.startsWith(prefix)));
      const matching = filtersFor(prefixes, "f").filter((filter) =>
        matches(filter, `events/f/d/${name}`),
      );
      expect(matching).toHaveLength(1);
    }),
    { numRuns: 1_000 },
  );
});

it("uses the complete levels of the prefixes", () => {
  expect(filtersFor(["temperature"], "f")).toEqual(["events/f/#"]);
  expect(filtersFor(["a/b/c"], "f")).toEqual(["events/f/+/a/b/#"]);
  expect(filtersFor(["a/", "b/c"], "f")).toEqual(["events/f/+/a/#", "events/f/+/b/#"]);
  expect(filtersFor(["a/b/", "a/"], "f")).toEqual(["events/f/+/a/#"]);
  expect(filtersFor([], "f")).toEqual([]);
});

it("subscribes to all events of the fleet beyond the filter limit", () => {
  const prefixes = Array.from({ length: 41 }, (_, n) => `${n}/`);
  expect(filtersFor(prefixes, "f")).toEqual(["events/f/#"]);
  expect(filtersFor(prefixes.slice(1), "f")).toHaveLength(40);
});

it("stays within the level limit of the broker", () => {
  const [filter = ""] = filtersFor(["1/2/3/4/5/6/7"], "f");
  expect(filter).toBe("events/f/+/1/2/3/4/#");
  expect(filter.split("/")).toHaveLength(8);
});
