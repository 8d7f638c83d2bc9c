import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cursorEventsMax, keepLagMs, liveSlackMs } from "#shared/limits.ts";
import { simulate, type Trip, type Visit } from "./simulation.ts";

const endMs = 240_000;

/** Long enough for all that is late to come. */
const lastVisit: Visit = { lastsMs: 90_000, lostFrames: 0, awayMs: 0 };

const visit = (lastsMsMax: number, awayMsMax: number) =>
  fc.record({
    lastsMs: fc.integer({ min: 1, max: lastsMsMax }),
    lostFrames: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 30 })),
    awayMs: fc.integer({ min: 0, max: awayMsMax }),
  });

const visits = fc.oneof(
  fc.array(fc.oneof(visit(40_000, 60_000), visit(6_000, 3_000)), { maxLength: 4 }),
  // Cut again while it still catches up.
  fc
    .array(visit(6_000, 2_000), { minLength: 1, maxLength: 4 })
    .map((cuts) => [{ lastsMs: 10_000, lostFrames: 0, awayMs: 5_000 }, ...cuts]),
);

const trips = (max: number) =>
  fc
    .array(
      fc.record({
        at: fc.oneof(
          fc.integer({ min: 0, max: endMs }),
          // Close together, and around the times when streams open and close.
          fc.integer({ min: 10_000, max: 16_000 }),
          fc.integer({ min: 0, max: 8_000 }),
        ),
        liveMs: fc.integer({ min: 0, max: liveSlackMs - 100 }),
        keepMs: fc.integer({ min: 0, max: keepLagMs - 100 }),
      }),
      { maxLength: max },
    )
    .map((all): Trip[] => all.map((one, i) => ({ ...one, text: `e${i}` })));

/** What must have been seen: all since the first time that could be resumed from, until the end. */
const due = (all: readonly Trip[], from: number | undefined, untilMs: number): string[] =>
  all.filter(({ at }) => from !== undefined && at > from && at < untilMs).map(({ text }) => text);

const spanOf = (all: readonly Visit[]): number =>
  all.reduce((sum, { lastsMs, awayMs }) => sum + lastsMs + awayMs, 0);

describe("a stream that is resumed", () => {
  it("lacks nothing, wherever it was cut and however late events come and are kept", async () => {
    await fc.assert(
      fc.asyncProperty(
        trips(60),
        visits,
        fc.integer({ min: 1, max: 8 }),
        async (all, cuts, page) => {
          const visited = [...cuts, lastVisit];
          const { seen, gaps, resumableAt } = await simulate(all, visited, page);
          const missing = due(all, resumableAt, spanOf(visited) - 20_000).filter(
            (text) => !seen.includes(text),
          );
          expect(missing).toEqual([]);
          expect(gaps).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("shows each event once while there are few", async () => {
    await fc.assert(
      fc.asyncProperty(trips(cursorEventsMax), visits, async (all, cuts) => {
        const { seen, resumableAt } = await simulate(all, [...cuts, lastVisit], 5);
        const since = due(all, resumableAt, Number.POSITIVE_INFINITY);
        const twice = since.filter((text) => seen.filter((one) => one === text).length > 1);
        expect(twice).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
