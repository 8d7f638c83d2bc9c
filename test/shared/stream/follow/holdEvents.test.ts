import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockAheadMsMax } from "#shared/platform/limits.ts";
import { holdEvents } from "#shared/stream/follow/holdEvents.ts";
import { heldEventsMax, liveSlackMs, stampHoldMs } from "#shared/stream/limits.ts";
import type { Sighting } from "#shared/stream/position.ts";
import { someTime } from "../../../memory/samples.ts";
import { virtualTime } from "../../../simulation/virtualTime.ts";

/** A stream that is told when events were received, and what it shows: times in ms after `someTime`. */
const world = (given: { stampedFrom?: number } = {}) => {
  const time = virtualTime(someTime);
  const log: string[] = [];
  const sightings: Sighting[] = [];
  const hold = holdEvents(
    {
      now: time.now,
      wait: time.wait,
      signal: new AbortController().signal,
      stampedFrom: () => someTime + (given.stampedFrom ?? 0),
    },
    {
      event({ text, publishedAt }, sighting) {
        log.push(`${text}@${publishedAt - someTime}`);
        sightings.push(sighting);
      },
      reached: (at) => log.push(`reached ${at - someTime}`),
    },
  );
  /** An event arrives now. */
  const event = (text: string, said?: number): void => {
    const at = time.now();
    const publishedAt = said ?? at;
    hold.event({
      event: { name: "n", device: "d1", text, publishedAt },
      sighting: { hash: text, at },
      said,
      needsStamp: said === undefined || said > at + clockAheadMsMax - liveSlackMs,
    });
  };
  const stamp = (hash: string, at: number): void => hold.stamps([{ hash, at: someTime + at }]);
  const to = (ms: number) => time.run(someTime + ms);
  return { time, log, sightings, hold, event, stamp, to };
};

describe("an event that does not say when it happened", () => {
  it("is shown with the time when the cloud received it, as soon as that is known", async () => {
    const { log, sightings, event, stamp, to } = world();
    await to(20);
    event("a");
    await to(60);
    expect(log).toEqual([]);
    stamp("a", 5);
    expect(log).toEqual(["a@5"]);
    expect(sightings).toEqual([{ hash: "a", at: someTime + 5 }]);
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
    await to(stampHoldMs - 1);
    expect(log).toEqual([]);
    await to(stampHoldMs);
    expect(log).toEqual(["a@0"]);
    event("b");
    expect(log).toEqual(["a@0", `b@${stampHoldMs}`]);
  });

  it("is held again when times come in time again, and not when they come too late", async () => {
    const { log, event, stamp, to } = world();
    event("a");
    await to(stampHoldMs + 1);
    stamp("a", 0);
    event("b");
    expect(log).toEqual(["a@0", `b@${stampHoldMs + 1}`]);
    stamp("b", stampHoldMs);
    event("c");
    expect(log).toHaveLength(2);
    stamp("c", stampHoldMs - 3);
    expect(log.at(-1)).toBe(`c@${stampHoldMs - 3}`);
  });

  it("that alone waits for nothing changes nothing for others", async () => {
    const { log, event, stamp, to } = world();
    event("lost");
    await to(10);
    event("b");
    stamp("b", 9);
    await to(stampHoldMs);
    expect(log).toEqual(["lost@0", "b@9"]);
    event("c");
    expect(log).toHaveLength(2);
  });

  it("is not held before it is known who listens", async () => {
    const { log, event, stamp, to } = world({ stampedFrom: 3_000 });
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
    await to(2_000 + stampHoldMs);
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
    await to(liveSlackMs + 1);
    event("a");
    await to(10_000);
    expect(log).toEqual([`a@${liveSlackMs + 1}`]);
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
    const { log, hold, event, stamp } = world();
    hold.reached(someTime + 1);
    event("a");
    hold.reached(someTime + 2);
    event("b", someTime);
    hold.reached(someTime + 3);
    hold.reached(someTime + 4);
    expect(log).toEqual(["reached 1"]);
    stamp("a", 0);
    expect(log).toEqual(["reached 1", "a@0", "reached 2", "b@0", "reached 4"]);
  });

  it("holds no more than so many, and shows all when it ends", () => {
    const { log, hold, event } = world();
    for (let i = 0; i <= heldEventsMax; i += 1) event(`e${i}`);
    expect(log).toEqual(["e0@0"]);
    hold.flush();
    expect(log).toHaveLength(heldEventsMax + 1);
  });
});

/** An event on its way: when the broker has it, what it says, and how much later the event and its time arrive. */
const trip = fc.record({
  text: fc.constantFrom<string>("a", "b", "c", "d", "e", "f"),
  at: fc.integer({ min: 0, max: 10_000 }),
  liveMs: fc.integer({ min: 0, max: 100 }),
  stampMs: fc.option(fc.integer({ min: 0, max: 2 * stampHoldMs }), { nil: undefined }),
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
