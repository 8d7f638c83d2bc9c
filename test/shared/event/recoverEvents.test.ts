import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recoverObjectsMax } from "#shared/event/limits.ts";
import { recoverEvents } from "#shared/event/recoverEvents.ts";
import { recoverPageMax } from "#shared/platform/quotas.ts";
import { memoryEventQueue } from "../../memory/event/eventQueue.ts";
import { memoryFailedEvents } from "../../memory/event/failedEvents.ts";
import { someTime } from "../../memory/samples.ts";

const never = Number.POSITIVE_INFINITY;
const now = () => someTime;
const key = (i: number) => `events/${1_000_000 + i}-x.json`;

/** A bucket with `count` objects; every `badEvery`th is malformed. */
const bucket = (count: number, badEvery = never) => {
  const failedEvents = memoryFailedEvents();
  for (let i = 0; i < count; i += 1) {
    const event = { topic: "events/f/d/n", receivedAt: someTime, id: `e${i}`, data: "" };
    failedEvents.objects.set(key(i), (i + 1) % badEvery === 0 ? undefined : event);
  }
  return failedEvents;
};

describe("recovery of failed events", () => {
  it("moves every event back into the queue", async () => {
    const failedEvents = bucket(25);
    const events = memoryEventQueue();
    expect(await recoverEvents(never, { failedEvents, events, now })).toEqual({
      found: 25,
      recovered: 25,
      malformed: 0,
    });
    expect(events.queued).toHaveLength(25);
    expect(failedEvents.objects.size).toBe(0);
  });

  it("sets malformed objects aside and continues", async () => {
    const failedEvents = bucket(12, 4);
    const events = memoryEventQueue();
    expect(await recoverEvents(never, { failedEvents, events, now })).toEqual({
      found: 12,
      recovered: 9,
      malformed: 3,
    });
    expect(failedEvents.aside).toEqual([key(3), key(7), key(11)]);
    expect(failedEvents.objects.size).toBe(0);
  });

  it("keeps events that the queue refused for the next run", async () => {
    const failedEvents = bucket(12);
    const refuses = memoryEventQueue(({ id }) => id === "e3");
    expect(await recoverEvents(never, { failedEvents, events: refuses, now })).toMatchObject({
      recovered: 11,
    });
    expect([...failedEvents.objects.keys()]).toEqual([key(3)]);
    const events = memoryEventQueue();
    await recoverEvents(never, { failedEvents, events, now });
    expect(events.queued.map(({ id }) => id)).toEqual(["e3"]);
  });

  it("stops at its deadline between two batches", async () => {
    const failedEvents = bucket(25);
    const events = memoryEventQueue();
    let reads = 0;
    const untilSecond = () => (reads++ < 1 ? 0 : 10);
    const counted = await recoverEvents(5, { failedEvents, events, now: untilSecond });
    expect(counted).toEqual({ found: 25, recovered: 10, malformed: 0 });
    expect(failedEvents.objects.size).toBe(15);
    expect(events.queued).toHaveLength(10);
  });

  it("recovers the oldest events first, up to its limit", async () => {
    const failedEvents = bucket(recoverObjectsMax + 5);
    const events = memoryEventQueue();
    await recoverEvents(never, { failedEvents, events, now });
    expect(events.queued).toHaveLength(recoverObjectsMax);
    expect(failedEvents.objects.has(key(recoverObjectsMax))).toBe(true);
  });

  it("continues with the next page unless the queue refuses an event", async () => {
    const failedEvents = bucket(2 * recoverPageMax);
    const refuses = memoryEventQueue(({ id }) => id === "e3");
    const some = await recoverEvents(never, { failedEvents, events: refuses, now });
    expect(some).toMatchObject({ found: recoverPageMax, recovered: recoverPageMax - 1 });
    const events = memoryEventQueue();
    await recoverEvents(never, { failedEvents, events, now });
    expect(failedEvents.objects.size).toBe(0);
    expect(new Set(events.queued.map(({ id }) => id)).size).toBe(recoverPageMax + 1);
  });

  it("loses no event if it crashes at any step, and repeats an event only with the same id", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 25 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (count, healthRecords) => {
          const failedEvents = bucket(count, 7);
          const readable = [...failedEvents.objects.values()].flatMap((event) => event?.id ?? []);
          const events = memoryEventQueue();
          const left = [...healthRecords];
          const mayFail = async <T>(run: () => Promise<T>): Promise<T> => {
            if (!left.shift()) return run();
            if (left.shift()) await run();
            throw new Error("crashed here");
          };
          const shaky = {
            now,
            events: {
              send: (all: Parameters<typeof events.send>[0]) => mayFail(() => events.send(all)),
            },
            failedEvents: {
              list: (max: number) => mayFail(() => failedEvents.list(max)),
              read: (one: string) => mayFail(() => failedEvents.read(one)),
              remove: (all: readonly string[]) => mayFail(() => failedEvents.remove(all)),
              setAside: (one: string) => mayFail(() => failedEvents.setAside(one)),
            },
          };
          for (let run = 0; failedEvents.objects.size > 0; run += 1) {
            expect(run).toBeLessThan(100);
            await recoverEvents(never, shaky).catch(() => undefined);
          }
          expect(new Set(events.queued.map(({ id }) => id))).toEqual(new Set(readable));
        },
      ),
    );
  });
});
