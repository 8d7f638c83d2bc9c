import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockAheadMsMax } from "#shared/platform/limits.ts";
import { holdEvents } from "#shared/stream/follow/holdEvents.ts";
import { heldEventsMax, liveDelayMsMax, receiveTimeHoldMs } from "#shared/stream/limits.ts";
import type { ShownEvent } from "#shared/stream/position.ts";
import { someTime } from "../../../memory/samples.ts";
import { virtualTime } from "../../../simulation/virtualTime.ts";

/** A stream that receives receive times, and the events it shows: times in ms after `someTime`. */
const world = (given: { receiveTimesFrom?: number } = {}) => {
  const time = virtualTime(someTime);
  const log: string[] = [];
  const shownEvents: ShownEvent[] = [];
  const holder = holdEvents(
    {
      now: time.now,
      wait: time.wait,
      signal: new AbortController().signal,
      receiveTimesFrom: () => someTime + (given.receiveTimesFrom ?? 0),
    },
    {
      event({ text, publishedAt }, shownEvent) {
        log.push(`${text}@${publishedAt - someTime}`);
        shownEvents.push(shownEvent);
      },
      advanceTo: (at) => log.push(`reached ${at - someTime}`),
    },
  );
  /** An event arrives now. */
  const event = (text: string, deviceTime?: number): void => {
    const at = time.now();
    const publishedAt = deviceTime ?? at;
    holder.event({
      event: { name: "n", device: "d1", text, publishedAt },
      shownEvent: { hash: text, at },
      deviceTime,
      needsReceiveTime:
        deviceTime === undefined || deviceTime > at + clockAheadMsMax - liveDelayMsMax,
    });
  };
  const receiveTime = (hash: string, at: number): void =>
    holder.receiveTimes([{ hash, at: someTime + at }]);
  const to = (ms: number) => time.run(someTime + ms);
  return { time, log, shownEvents, holder, event, receiveTime, to };
};

describe("an event without a time", () => {
  it("is shown with its receive time as soon as that is known", async () => {
    const { log, shownEvents, event, receiveTime, to } = world();
    await to(20);
    event("a");
    await to(60);
    expect(log).toEqual([]);
    receiveTime("a", 5);
    expect(log).toEqual(["a@5"]);
    expect(shownEvents).toEqual([{ hash: "a", at: someTime + 5 }]);
  });

  it("is not held if its receive time arrived first", async () => {
    const { log, event, receiveTime, to } = world();
    receiveTime("a", 5);
    await to(20);
    event("a");
    expect(log).toEqual(["a@5"]);
  });

  it("is shown with its time of arrival after the timeout, and later events are not held", async () => {
    const { log, event, to } = world();
    event("a");
    await to(receiveTimeHoldMs - 1);
    expect(log).toEqual([]);
    await to(receiveTimeHoldMs);
    expect(log).toEqual(["a@0"]);
    event("b");
    expect(log).toEqual(["a@0", `b@${receiveTimeHoldMs}`]);
  });

  it("is held again when receive times arrive in time again", async () => {
    const { log, event, receiveTime, to } = world();
    event("a");
    await to(receiveTimeHoldMs + 1);
    receiveTime("a", 0);
    event("b");
    expect(log).toEqual(["a@0", `b@${receiveTimeHoldMs + 1}`]);
    receiveTime("b", receiveTimeHoldMs);
    event("c");
    expect(log).toHaveLength(2);
    receiveTime("c", receiveTimeHoldMs - 3);
    expect(log.at(-1)).toBe(`c@${receiveTimeHoldMs - 3}`);
  });

  it("whose hold alone times out does not affect others", async () => {
    const { log, event, receiveTime, to } = world();
    event("lost");
    await to(10);
    event("b");
    receiveTime("b", 9);
    await to(receiveTimeHoldMs);
    expect(log).toEqual(["lost@0", "b@9"]);
    event("c");
    expect(log).toHaveLength(2);
  });

  it("is not held before receive times are published", async () => {
    const { log, event, receiveTime, to } = world({ receiveTimesFrom: 3_000 });
    event("a");
    expect(log).toEqual(["a@0"]);
    await to(3_000);
    event("b");
    expect(log).toEqual(["a@0"]);
    receiveTime("b", 2_990);
    expect(log).toEqual(["a@0", "b@2990"]);
  });

  it("gets its own receive time among equal events, and a late one matches no other event", async () => {
    const { log, event, receiveTime, to } = world();
    for (const at of [10, 20, 30]) {
      await to(at);
      event("same");
    }
    for (const at of [1, 11, 21]) receiveTime("same", at);
    expect(log).toEqual(["same@1", "same@11", "same@21"]);
    event("late");
    await to(2_000);
    event("late");
    receiveTime("late", 25);
    await to(2_000 + receiveTimeHoldMs);
    expect(log.slice(3)).toEqual(["late@30", "late@2000"]);
  });

  it("has the same time on streams with different delays, also if receive times of equal events arrive in another order", async () => {
    const logs = await Promise.all(
      [1, 15].map(async (liveMs) => {
        const { log, event, receiveTime, to } = world();
        for (const at of [10, 20]) {
          await to(at + liveMs);
          event("same");
        }
        for (const at of [20, 10]) receiveTime("same", at);
        return log;
      }),
    );
    expect(logs[0]).toEqual(logs[1]);
    expect(logs[0]?.toSorted()).toEqual(["same@10", "same@20"]);
  });

  it("does not match the receive time of an older equal event", async () => {
    const { log, event, receiveTime, to } = world();
    receiveTime("a", 0);
    await to(liveDelayMsMax + 1);
    event("a");
    await to(10_000);
    expect(log).toEqual([`a@${liveDelayMsMax + 1}`]);
  });
});

describe("an event with a time", () => {
  it("is shown at once with its time", () => {
    const { log, event } = world();
    event("a", someTime - 60_000);
    expect(log).toEqual(["a@-60000"]);
  });

  it("is held if its time may be too far in the future", async () => {
    const { log, event, receiveTime, to } = world();
    await to(10);
    event("just", someTime + clockAheadMsMax + 5);
    receiveTime("just", 5);
    event("over", someTime + clockAheadMsMax + 6);
    receiveTime("over", 5);
    expect(log).toEqual([`just@${clockAheadMsMax + 5}`, "over@5"]);
  });
});

describe("a stream that holds events", () => {
  it("preserves their order, and advances after them", async () => {
    const { log, holder, event, receiveTime } = world();
    holder.advanceTo(someTime + 1);
    event("a");
    holder.advanceTo(someTime + 2);
    event("b", someTime);
    holder.advanceTo(someTime + 3);
    holder.advanceTo(someTime + 4);
    expect(log).toEqual(["reached 1"]);
    receiveTime("a", 0);
    expect(log).toEqual(["reached 1", "a@0", "reached 2", "b@0", "reached 4"]);
  });

  it("holds a limited number, and shows all at its end", () => {
    const { log, holder, event } = world();
    for (let i = 0; i <= heldEventsMax; i += 1) event(`e${i}`);
    expect(log).toEqual(["e0@0"]);
    holder.flush();
    expect(log).toHaveLength(heldEventsMax + 1);
  });
});

/**
 * An event: when the broker receives it, its own time, and the delays of the event and its receive
 * time.
 */
const trip = fc.record({
  text: fc.constantFrom<string>("a", "b", "c", "d", "e", "f"),
  at: fc.integer({ min: 0, max: 10_000 }),
  liveMs: fc.integer({ min: 0, max: 100 }),
  receiveTimeMs: fc.option(fc.integer({ min: 0, max: 2 * receiveTimeHoldMs }), { nil: undefined }),
});
type Trip = typeof trip extends fc.Arbitrary<infer One> ? One : never;

const watched = async (trips: readonly Trip[]) => {
  const one = world();
  const { time, log, event, receiveTime, to } = one;
  const arrivals: { text: string; at: number }[] = [];
  for (const { text, at, liveMs, receiveTimeMs } of trips) {
    time.at(someTime + at + liveMs, () => {
      arrivals.push({ text, at: at + liveMs });
      event(text);
    });
    if (receiveTimeMs !== undefined)
      time.at(someTime + at + receiveTimeMs, () => receiveTime(text, at));
  }
  await to(60_000);
  return { log, arrivals };
};

describe("for any delays of events and receive times", () => {
  it("each event is shown once, in the order of arrival", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(trip, { maxLength: 40 }), async (trips) => {
        const { log, arrivals } = await watched(trips);
        expect(log.map((line) => line.split("@")[0])).toEqual(arrivals.map(({ text }) => text));
      }),
      { numRuns: 300 },
    );
  });

  it("each event has its receive time on every stream, if all receive times arrive in time", async () => {
    const prompt = trip.map((one) => ({ ...one, receiveTimeMs: (one.receiveTimeMs ?? 0) % 1_000 }));
    // The broker preserves the order of its messages.
    const steady = fc
      .uniqueArray(prompt, { maxLength: 40, selector: ({ at }) => at })
      .map((all) => all.map((one, i) => ({ ...one, text: `${one.text}${i}` })));
    await fc.assert(
      fc.asyncProperty(steady, fc.integer({ min: 0, max: 100 }), async (trips, liveMs) => {
        const due = trips.map(({ text, at }) => `${text}@${at}`).toSorted();
        const other = trips.map((one) => ({ ...one, liveMs }));
        expect((await watched(trips)).log.toSorted()).toEqual(due);
        expect((await watched(other)).log.toSorted()).toEqual(due);
      }),
      { numRuns: 300 },
    );
  });
});
