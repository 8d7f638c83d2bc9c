import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockAheadMsMax } from "#shared/platform/limits.ts";
import { holdEvents } from "#shared/stream/follow/holdEvents.ts";
import { heldEventsMax, liveDelayMsMax, receiveTimeHoldMs } from "#shared/stream/limits.ts";
import type { ShownEvent } from "#shared/stream/position.ts";
import { someTime } from "../../../memory/samples.ts";
import { virtualTime } from "../../../simulation/virtualTime.ts";

/** A stream that is told when events were received, and what it shows: times in ms after `someTime`. */
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
  const stamp = (hash: string, at: number): void =>
    holder.receiveTimes([{ hash, at: someTime + at }]);
  const to = (ms: number) => time.run(someTime + ms);
  return { time, log, shownEvents, holder, event, stamp, to };
};

describe("an event that does not say when it happened", () => {
  it("is shown with the time when the cloud received it, as soon as that is known", async () => {
    const { log, shownEvents, event, stamp, to } = world();
    await to(20);
    event("a");
    await to(60);
    expect(log).toEqual([]);
    stamp("a", 5);
    expect(log).toEqual(["a@5"]);
    expect(shownEvents).toEqual([{ hash: "a", at: someTime + 5 }]);
  });

  it("does not wait when its time came before it", async () => {
    const { log, event, stamp, to } = world();
    stamp("a", 5);
    await to(20);
    event("a");
    expect(log).toEqual(["a@5"]);
  });

  it("is shown with the time when it came when nothing is known in time, and holds up nobody after it", async () => {
    const { log, event, to } = world();
    event("a");
    await to(receiveTimeHoldMs - 1);
    expect(log).toEqual([]);
    await to(receiveTimeHoldMs);
    expect(log).toEqual(["a@0"]);
    event("b");
    expect(log).toEqual(["a@0", `b@${receiveTimeHoldMs}`]);
  });

  it("is held again when times come in time again, and not when they come too late", async () => {
    const { log, event, stamp, to } = world();
    event("a");
    await to(receiveTimeHoldMs + 1);
    stamp("a", 0);
    event("b");
    expect(log).toEqual(["a@0", `b@${receiveTimeHoldMs + 1}`]);
    stamp("b", receiveTimeHoldMs);
    event("c");
    expect(log).toHaveLength(2);
    stamp("c", receiveTimeHoldMs - 3);
    expect(log.at(-1)).toBe(`c@${receiveTimeHoldMs - 3}`);
  });

  it("that alone waits for nothing changes nothing for others", async () => {
    const { log, event, stamp, to } = world();
    event("lost");
    await to(10);
    event("b");
    stamp("b", 9);
    await to(receiveTimeHoldMs);
    expect(log).toEqual(["lost@0", "b@9"]);
    event("c");
    expect(log).toHaveLength(2);
  });

  it("is not held before it is known who listens", async () => {
    const { log, event, stamp, to } = world({ receiveTimesFrom: 3_000 });
    event("a");
    expect(log).toEqual(["a@0"]);
    await to(3_000);
    event("b");
    expect(log).toEqual(["a@0"]);
    stamp("b", 2_990);
    expect(log).toEqual(["a@0", "b@2990"]);
  });

  it("has its own time when there are equal ones, and a late time goes to no other", async () => {
    const { log, event, stamp, to } = world();
    for (const at of [10, 20, 30]) {
      await to(at);
      event("same");
    }
    for (const at of [1, 11, 21]) stamp("same", at);
    expect(log).toEqual(["same@1", "same@11", "same@21"]);
    event("late");
    await to(2_000);
    event("late");
    stamp("late", 25);
    await to(2_000 + receiveTimeHoldMs);
    expect(log.slice(3)).toEqual(["late@30", "late@2000"]);
  });

  it("has the same time on a near and on a far stream, also when times of equal ones come in another order", async () => {
    const logs = await Promise.all(
      [1, 15].map(async (liveMs) => {
        const { log, event, stamp, to } = world();
        for (const at of [10, 20]) {
          await to(at + liveMs);
          event("same");
        }
        for (const at of [20, 10]) stamp("same", at);
        return log;
      }),
    );
    expect(logs[0]).toEqual(logs[1]);
    expect(logs[0]?.toSorted()).toEqual(["same@10", "same@20"]);
  });

  it("takes no time of an equal one that is long over", async () => {
    const { log, event, stamp, to } = world();
    stamp("a", 0);
    await to(liveDelayMsMax + 1);
    event("a");
    await to(10_000);
    expect(log).toEqual([`a@${liveDelayMsMax + 1}`]);
  });
});

describe("an event that says when it happened", () => {
  it("is shown at once with that time", () => {
    const { log, event } = world();
    event("a", someTime - 60_000);
    expect(log).toEqual(["a@-60000"]);
  });

  it("is judged by the cloud's time when it may be too far ahead", async () => {
    const { log, event, stamp, to } = world();
    await to(10);
    event("just", someTime + clockAheadMsMax + 5);
    stamp("just", 5);
    event("over", someTime + clockAheadMsMax + 6);
    stamp("over", 5);
    expect(log).toEqual([`just@${clockAheadMsMax + 5}`, "over@5"]);
  });
});

describe("a stream that holds events", () => {
  it("keeps their order, and says what it has reached after them", async () => {
    const { log, holder, event, stamp } = world();
    holder.advanceTo(someTime + 1);
    event("a");
    holder.advanceTo(someTime + 2);
    event("b", someTime);
    holder.advanceTo(someTime + 3);
    holder.advanceTo(someTime + 4);
    expect(log).toEqual(["reached 1"]);
    stamp("a", 0);
    expect(log).toEqual(["reached 1", "a@0", "reached 2", "b@0", "reached 4"]);
  });

  it("holds no more than so many, and shows all when it ends", () => {
    const { log, holder, event } = world();
    for (let i = 0; i <= heldEventsMax; i += 1) event(`e${i}`);
    expect(log).toEqual(["e0@0"]);
    holder.flush();
    expect(log).toHaveLength(heldEventsMax + 1);
  });
});

/** An event on its way: when the broker has it, what it says, and how much later the event and its time arrive. */
const trip = fc.record({
  text: fc.constantFrom<string>("a", "b", "c", "d", "e", "f"),
  at: fc.integer({ min: 0, max: 10_000 }),
  liveMs: fc.integer({ min: 0, max: 100 }),
  stampMs: fc.option(fc.integer({ min: 0, max: 2 * receiveTimeHoldMs }), { nil: undefined }),
});
type Trip = typeof trip extends fc.Arbitrary<infer One> ? One : never;

const watched = async (trips: readonly Trip[]) => {
  const one = world();
  const { time, log, event, stamp, to } = one;
  const arrivals: { text: string; at: number }[] = [];
  for (const { text, at, liveMs, stampMs } of trips) {
    time.at(someTime + at + liveMs, () => {
      arrivals.push({ text, at: at + liveMs });
      event(text);
    });
    if (stampMs !== undefined) time.at(someTime + at + stampMs, () => stamp(text, at));
  }
  await to(60_000);
  return { log, arrivals };
};

describe("however events and their times arrive", () => {
  it("each event is shown once, in the order they came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(trip, { maxLength: 40 }), async (trips) => {
        const { log, arrivals } = await watched(trips);
        expect(log.map((line) => line.split("@")[0])).toEqual(arrivals.map(({ text }) => text));
      }),
      { numRuns: 300 },
    );
  });

  it("each has the cloud's time while all of them are told in time, as many streams as there are", async () => {
    const prompt = trip.map((one) => ({ ...one, stampMs: (one.stampMs ?? 0) % 1_000 }));
    // The broker passes on its messages in the order that it has them.
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
