import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dedupKeyCharsMax, signalsMax } from "#shared/paging/limits.ts";
import { dedupKeyOf, type Page } from "#shared/paging/page.ts";
import { pagesAfter, type Reading } from "#shared/paging/reading.ts";
import { a, aReading, aSignal, start } from "./support/samples.ts";

const context = { receivers: ["on-call", "manager"], watcher: a, now: start };

/** The open pages after readings, in this order. */
const pagesOf = (readings: readonly Reading[], open: readonly Page[] = []): Page[] => {
  const pages = new Map(open.map((page) => [page.key, page]));
  for (const reading of readings) {
    for (const page of pagesAfter([...pages.values()], reading, context)) pages.set(page.key, page);
  }
  return [...pages.values()];
};

const stateOf = (pages: readonly Page[]) =>
  pages
    .map(({ key, resolvedAt }) => `${key} ${resolvedAt === undefined ? "open" : "ended"}`)
    .sort();

describe("a reading", () => {
  it("makes a page of each problem, for each receiver", () => {
    const [page] = pagesOf([aReading(start)]);
    expect(page).toMatchObject({
      dedupKey: "godwit/alarms/us-east-1/Godwit-Region-us-east-1-Events",
      summary: "Events wait too long.",
      severity: "error",
      components: ["events", "integrations"],
      slice: ["RuleName=godwit_events"],
      runbook: "events-wait",
      since: start - 60_000,
      version: 1,
    });
    expect(page?.deliveries.map(({ receiver, told }) => [receiver, told])).toEqual([
      ["on-call", "nothing"],
      ["manager", "nothing"],
    ]);
  });

  it("that repeats what is known adds no page", () => {
    expect(pagesOf([aReading(start), aReading(start), aReading(start + 1)])).toHaveLength(1);
  });

  it("without a problem ends its page, and a later one with it continues the same page", () => {
    const [ended] = pagesOf([aReading(start), aReading(start + 1, [])]);
    expect(ended).toMatchObject({ resolvedAt: start + 1 });
    const pages = pagesOf([aReading(start + 2)], ended && [ended]);
    expect(pages).toMatchObject([{ id: ended?.id, version: 3 }]);
    expect(pages[0]?.resolvedAt).toBeUndefined();
  });

  it("with more problems than can be pages ends none that is in it", () => {
    const first = aSignal({ key: "z" });
    const many = Array.from({ length: signalsMax }, (_, n) => aSignal({ key: `a${n}` }));
    const pages = pagesOf([aReading(start, [first]), aReading(start + 1, [...many, first])]);
    expect(pages.find(({ key }) => key === "z")?.resolvedAt).toBeUndefined();
  });

  it("does not end what it does not know, and nothing of another source", () => {
    const key = aSignal().key;
    expect(
      stateOf(pagesOf([aReading(start), { ...aReading(start + 1, []), unknown: [key] }])),
    ).toEqual([`${key} open`]);
    const other = { source: "alarms/eu-west-1", at: start + 1, signals: [] };
    expect(stateOf(pagesOf([aReading(start), other]))).toEqual([`${key} open`]);
  });

  it("of some changes ends only those that it names", () => {
    const others = aReading(start, [aSignal(), aSignal({ key: "other" })]);
    const change = { ...aReading(start + 1, []), ended: ["other"] };
    expect(stateOf(pagesOf([others, change]))).toEqual([`${aSignal().key} open`, "other ended"]);
  });

  it("ends nothing that is younger than its lag", () => {
    const complete = (at: number) => ({ ...aReading(at, []), lagMs: 30_000 });
    expect(pagesOf([aReading(start), complete(start + 30_000)])[0]?.resolvedAt).toBeUndefined();
    expect(pagesOf([aReading(start), complete(start + 30_001)])[0]?.resolvedAt).toBe(
      start + 30_001,
    );
  });

  it("of a flood makes a bounded number of pages, and one that has the number of the others", () => {
    const flood = Array.from({ length: signalsMax + 7 }, (_, i) => aSignal({ key: `alarm ${i}` }));
    const pages = pagesOf([aReading(start, flood)]);
    expect(pages).toHaveLength(signalsMax + 1);
    expect(pages.at(-1)?.summary).toBe("7 further problems of alarms/us-east-1.");
  });
});

it("readings lead to the same state in any order, and twice", () => {
  const keys = ["x", "y", "z"];
  const readings = fc.uniqueArray(
    fc.record({
      at: fc.integer({ min: 1, max: 20 }),
      present: fc.subarray(keys),
    }),
    { selector: ({ at }) => at, minLength: 1 },
  );
  fc.assert(
    fc.property(readings, fc.infiniteStream(fc.nat()), (given, order) => {
      const all = given.map(({ at, present }) => ({
        source: "s",
        at,
        signals: present.map((key) => aSignal({ key, since: at })),
        ended: keys.filter((key) => !present.includes(key)),
      }));
      const inOrder = all.toSorted((one, other) => one.at - other.at);
      const shuffled = [...all, ...all]
        .map((reading) => ({ reading, rank: order.next().value ?? 0 }))
        .sort((one, other) => one.rank - other.rank)
        .map(({ reading }) => reading);
      const [last] = inOrder.toReversed();
      const openAtEnd = (pages: readonly Page[]) =>
        stateOf(pages).filter((state) => state.endsWith("open"));
      const expected = last?.signals.map(({ key }) => `${key} open`).sort();
      expect(openAtEnd(pagesOf(inOrder))).toEqual(expected);
      // The latest reading decides; an older one that arrives later opens nothing that has ended.
      expect(openAtEnd(pagesOf([...inOrder, ...shuffled]))).toEqual(expected);
    }),
  );
});

it("a deduplication key has at most 255 characters, and differs for different problems", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), fc.string({ maxLength: 600 }), (one, other) => {
      const [first, second] = [one, other].map((key) => dedupKeyOf({ source: "s", key }));
      expect(first?.length).toBeLessThanOrEqual(dedupKeyCharsMax);
      expect(first === second).toBe(one === other);
    }),
  );
});
