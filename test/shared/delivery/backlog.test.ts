import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { secondOf, slowStartRate } from "#shared/resilience/slowStart.ts";
import { someTime } from "../../memory/samples.ts";
import { simulateWorkers } from "./workers.ts";

interface Outage {
  readonly workers: number;
  readonly events: number;
  readonly downSeconds: number;
  /** When half of the workers start, in milliseconds. */
  readonly lateMs: number;
}

const eventsPerSecond = 400;

/** Returns the number of attempts in each second by the clock, from the first success on. */
const drain = async ({ workers, events, downSeconds, lateMs }: Outage) => {
  const target = {
    ...({ name: "recovers", tookMs: 20, answer: 200, downSeconds } as const),
    perSecond: eventsPerSecond,
    publishSeconds: events / eventsPerSecond,
  };
  const startMs = (worker: number) => (worker % 2) * lateMs;
  const size = { workers, slowWorkers: 0, seconds: 900, startMs };
  const result = (await simulateWorkers([target], size)).get("recovers");
  const [recoveredMs = Number.NaN] = result?.arrivalsMs ?? [];
  const perSecond = new Map<number, number>();
  for (const ms of result?.attemptsMs ?? []) {
    const second = secondOf(someTime + ms);
    if (ms >= recoveredMs) perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return {
    delivered: result?.arrivalsMs.length,
    drainedSeconds: ((result?.arrivalsMs.at(-1) ?? Number.NaN) - recoveredMs) / 1_000,
    recoveredAt: someTime + recoveredMs,
    perSecond,
  };
};

/** Expects that the attempts never exceed the slow start after an outage of this length. */
const expectSlowStart = (
  { perSecond, recoveredAt }: Awaited<ReturnType<typeof drain>>,
  outageMs: number,
) => {
  for (const [second, attempts] of perSecond) {
    const rate = slowStartRate({ recoveredAt, outageMs }, second) ?? Number.POSITIVE_INFINITY;
    expect(attempts).toBeLessThanOrEqual(rate);
  }
};

describe("the backlog of a target that recovers", () => {
  it.each([1, 8, 150])("arrives at a limited rate from %i workers together", async (workers) => {
    const drained = await drain({ workers, events: 3_600, downSeconds: 20, lateMs: 30_000 });
    expect(drained.delivered).toBe(3_600);
    expectSlowStart(drained, drained.recoveredAt - someTime);
    // A delivery whose second attempt failed waits for five minutes, whatever the rate.
    expect(drained.drainedSeconds).toBeLessThanOrEqual(400);
  });

  it("arrives at a limited rate, for any number of workers that start at any time", async () => {
    const outage = fc.record({
      workers: fc.integer({ min: 1, max: 200 }),
      events: fc.constant(1_200),
      downSeconds: fc.integer({ min: 3, max: 120 }),
      lateMs: fc.integer({ min: 0, max: 180_000 }),
    });
    await fc.assert(
      fc.asyncProperty(outage, async (given) => {
        const drained = await drain(given);
        expect(drained.delivered).toBe(given.events);
        expectSlowStart(drained, 0);
      }),
      { numRuns: 4 },
    );
  });
});
