import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { followEvents } from "#shared/stream/follow/followEvents.ts";
import { cursorEventsMax, liveDelayMsMax } from "#shared/stream/limits.ts";
import type { Listening, RecentEvents } from "#shared/stream/ports.ts";
import { recentEventsDelayMs, resumeEventsMax } from "#shared/stream/resume/limits.ts";
import { handoverMs } from "#shared/stream/slot/limits.ts";
import { memoryListeners } from "../../../memory/event/listeners.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { aReceivedEvent, fleet, someTime } from "../../../memory/samples.ts";
import { simulate, type Trip, type Visit } from "../simulation.ts";

const endMs = 240_000;

/** Long enough for all late events to arrive. */
const lastVisit: Visit = { lastsMs: 90_000, lostFrames: 0, awayMs: 0 };

const visit = (lastsMsMax: number, awayMsMax: number) =>
  fc.record({
    lastsMs: fc.integer({ min: 1, max: lastsMsMax }),
    lostFrames: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 30 })),
    awayMs: fc.integer({ min: 0, max: awayMsMax }),
  });

const visits = fc.oneof(
  fc.array(fc.oneof(visit(40_000, 60_000), visit(6_000, 3_000)), { maxLength: 4 }),
  // Disconnected again during the catch-up.
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
        liveMs: fc.integer({ min: 0, max: liveDelayMsMax - 100 }),
        storeMs: fc.oneof(
          fc.integer({ min: 0, max: recentEventsDelayMs - 100 }),
          fc.integer({ min: 0, max: 300 }),
        ),
        receiveTimeMs: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined }),
      }),
      { maxLength: max },
    )
    .map((all): Trip[] => all.map((one, i) => ({ ...one, text: `e${i}` })));

/** The events that must have been seen: all since the first cursor, until the end. */
const due = (all: readonly Trip[], from: number | undefined, untilMs: number): string[] =>
  all.filter(({ at }) => from !== undefined && at > from && at < untilMs).map(({ text }) => text);

const spanOf = (all: readonly Visit[]): number =>
  all.reduce((sum, { lastsMs, awayMs }) => sum + lastsMs + awayMs, 0);

describe("a resumed stream", () => {
  it("lacks no event, for any interruption and any delay of events", async () => {
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

  it("shows each event once while there are few events", async () => {
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

describe("a device that publishes equal events, and a client that returns", () => {
  it.each([
    { everyMs: 100, isHandedOver: true },
    { everyMs: 100, isHandedOver: false },
    { everyMs: 500, isHandedOver: true },
    { everyMs: 1_000, isHandedOver: true },
    { everyMs: 1_500, isHandedOver: false },
  ])("lacks no event: %o", async ({ everyMs, isHandedOver }) => {
    const equal = { text: "same", liveMs: 20, storeMs: 100, receiveTimeMs: 50 };
    const all = Array.from({ length: 30_000 / everyMs }, (_, i): Trip => {
      return { ...equal, at: 10_037 + i * everyMs };
    });
    const away = { lastsMs: 20_000, lostFrames: 0, awayMs: 3_000, isHandedOver };
    const { seen, gaps } = await simulate(all, [away, lastVisit], 50);
    expect(gaps).toEqual([]);
    if (isHandedOver) expect(seen.length).toBe(all.length);
    else expect(seen.length).toBeGreaterThanOrEqual(all.length);
  });
});

describe("a stream that the cloud ends, and that continues without a cursor", () => {
  const handedOver = fc
    .record({
      lastsMs: fc.integer({ min: 10_000, max: 40_000 }),
      awayMs: fc.integer({ min: 0, max: handoverMs }),
    })
    .map((one) => ({ ...one, lostFrames: 0, isHandedOver: true }));

  it("shows each event once, also if there are many", async () => {
    await fc.assert(
      fc.asyncProperty(
        trips(20 * cursorEventsMax),
        fc.array(handedOver, { minLength: 1, maxLength: 4 }),
        async (all, cuts) => {
          const visited = [...cuts, lastVisit];
          const { seen, gaps, resumableAt } = await simulate(all, visited, 50);
          const since = due(all, resumableAt, spanOf(visited) - 20_000);
          const times = (text: string) => seen.filter((one) => one === text).length;
          expect(since.filter((text) => times(text) !== 1)).toEqual([]);
          expect(gaps).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** A stream of one fleet on the test's broker and table, resumed at a cursor of a second ago. */
const resumed = async (given: { list?: RecentEvents["list"]; since?: number }) => {
  const broker = memoryBroker();
  const rows = new Map<string, Listening>();
  if (given.since !== undefined) rows.set(fleet, { since: given.since, until: 2 * someTime });
  const shown: string[] = [];
  const gaps: string[] = [];
  const over = new AbortController();
  const eventStream = await followEvents(
    { filter: { fleet, prefix: "" }, after: { at: someTime - 1_000, seen: [] } },
    {
      localRegion: {
        liveEvents: broker,
        recentEvents: { list: given.list ?? (async () => ({ events: [] })) },
      },
      remoteRegions: [],
      listeners: memoryListeners(rows),
      now: () => someTime,
      wait: () => new Promise((resolve) => setImmediate(resolve)),
      onError: () => {},
    },
    {
      event: ({ name }) => shown.push(name),
      cursor: () => {},
      gap: (why) => gaps.push(why),
      drained: async () => {},
      end: () => over.abort(),
    },
  );
  return { broker, shown, gaps, eventStream, over };
};

describe("a stream that cannot resume at its cursor", () => {
  const longAgo = someTime - 60_000;

  it("reports a gap without listeners, and shows live events", async () => {
    const { broker, shown, gaps, eventStream } = await resumed({});
    expect(gaps).toEqual(["some missed events were not stored"]);
    await broker.publish(`events/${fleet}/d1/live`, Buffer.from("x"));
    await vi.waitFor(() => expect(shown).toEqual(["live"]));
    await eventStream.close();
  });

  it("reports that the table cannot be read, and shows live events", async () => {
    const list = async () => Promise.reject(new Error("the table is down"));
    const { broker, shown, gaps, eventStream } = await resumed({ list, since: longAgo });
    await broker.publish(`events/${fleet}/d1/live`, Buffer.from("x"));
    await vi.waitFor(() => expect(gaps).toEqual(["missed events cannot be read"]));
    expect(shown).toEqual(["live"]);
    await eventStream.close();
  });

  it("reports that more events were missed than it shows", async () => {
    let pages = 0;
    const list = async () => {
      const received = Array.from({ length: 1_000 }, (_, i) =>
        aReceivedEvent({ id: `${pages}-${i}`, receivedAt: someTime - 30_000 }),
      );
      pages += 1;
      return { events: received, next: String(pages) };
    };
    const { shown, gaps, eventStream } = await resumed({ list, since: longAgo });
    await vi.waitFor(() =>
      expect(gaps).toEqual(["too many missed events, only the oldest are shown"]),
    );
    expect(shown).toHaveLength(resumeEventsMax);
    await eventStream.close();
  });

  it("ends when live events exceed the backlog during the catch-up", async () => {
    const list = () => new Promise<never>(() => {});
    const { broker, over, eventStream } = await resumed({ list, since: longAgo });
    const large = Buffer.alloc(100_000, "x");
    for (let i = 0; i < 11; i += 1) await broker.publish(`events/${fleet}/d1/n`, large);
    await vi.waitFor(() => expect(over.signal.aborted).toBe(true));
    await eventStream.close();
  });
});
