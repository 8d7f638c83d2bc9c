import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttemptResult } from "#shared/resilience/circuit.ts";
import { type CircuitBreaker, openCircuitBreaker } from "#shared/resilience/circuitBreaker.ts";
import {
  breakerFailuresMin,
  breakerHangMs,
  breakerHangsMin,
  breakerHungOpenMsMin,
  breakerOpenMsMax,
  breakerOpenMsMin,
  breakerOverloadedMin,
  breakersMax,
  breakerWindowAttempts,
  breakerWindowFailuresMin,
  leasesPerSecondMax,
  slowStartPerSecond,
  slowStartRampSeconds,
} from "#shared/resilience/limits.ts";
import { secondOf, slowStartRate } from "#shared/resilience/slowStart.ts";
import { targetTimeoutMs } from "#shared/target/limits.ts";
import { memoryAttemptQuota } from "../../memory/delivery/attemptQuota.ts";
import { someTime } from "../../memory/samples.ts";

const worked: AttemptResult = { failed: false, overloaded: false, tookMs: 1 };
const failed: AttemptResult = { failed: true, overloaded: false, tookMs: 1 };
const overloaded: AttemptResult = { failed: true, overloaded: true, tookMs: 1 };
const hung: AttemptResult = { failed: true, overloaded: false, tookMs: breakerHangMs };

const report = (
  breaker: CircuitBreaker,
  { ended, times = 1, now = someTime, id = "i" }: Reported,
): (number | undefined)[] => Array.from({ length: times }, () => breaker.record(id, ended, now));

interface Reported {
  ended: AttemptResult;
  times?: number;
  now?: number;
  id?: string;
}

const onError = (_: string, error: unknown): void => {
  throw error;
};

/** A worker's circuit breaker. Workers of one region share a quota. */
const aBreaker = (quota = memoryAttemptQuota()): CircuitBreaker =>
  openCircuitBreaker({ quota, onError });

/** Returns how many of several concurrent deliveries are permitted. */
const letThrough = async (
  breaker: CircuitBreaker,
  now: number,
  knocks = 1_000,
): Promise<number> => {
  const all = await Promise.all(Array.from({ length: knocks }, () => breaker.tryAcquire("i", now)));
  return all.filter((until) => until === undefined).length;
};

describe("a circuit breaker (I2)", () => {
  it.each([
    ["hung", hung, breakerHangsMin, breakerHungOpenMsMin],
    ["reported overload", overloaded, breakerOverloadedMin, breakerOpenMsMin],
    ["failed", failed, breakerFailuresMin, breakerOpenMsMin],
  ])("opens after several consecutive attempts that %s", async (_, ended, min, openMs) => {
    const breaker = aBreaker();
    expect(report(breaker, { ended, times: min - 1 })).not.toContain(expect.anything());
    expect(await breaker.tryAcquire("i", someTime)).toBeUndefined();
    expect(report(breaker, { ended })).toEqual([someTime + openMs]);
    expect(await breaker.tryAcquire("i", someTime)).toBe(someTime + openMs);
    expect(await breaker.tryAcquire("another", someTime)).toBeUndefined();
  });

  it.each([
    ["hung", hung, breakerHangsMin],
    ["reported overload", overloaded, breakerOverloadedMin],
    ["failed", failed, breakerFailuresMin],
  ])("restarts the count of attempts that %s after a success", async (_, ended, min) => {
    const breaker = aBreaker();
    report(breaker, { ended, times: min - 1 });
    report(breaker, { ended: worked });
    report(breaker, { ended, times: min - 1 });
    expect(await breaker.tryAcquire("i", someTime)).toBeUndefined();
  });

  it("opens if most attempts fail, and not for intermittent failures", async () => {
    const attempts = (failures: number) => {
      const breaker = aBreaker();
      // Never enough consecutive failures to open it.
      for (let i = 0; i < breakerWindowAttempts; i += 1) {
        const works = i % 4 === 3 || i >= failures + Math.floor(i / 4);
        report(breaker, { ended: works ? worked : failed });
      }
      return breaker.tryAcquire("i", someTime);
    };
    expect(await attempts(breakerWindowFailuresMin)).toBe(someTime + breakerOpenMsMin);
    expect(await attempts(breakerWindowFailuresMin - 1)).toBeUndefined();
  });

  it.each([
    [7_000, 7_000],
    [1_000, breakerOpenMsMin],
    [86_400_000, breakerOpenMsMax],
  ])("opens at once for the requested %i ms, within the limits", (ms, openMs) => {
    const breaker = aBreaker();
    const ended = { ...overloaded, retryAt: someTime + ms };
    expect(report(breaker, { ended })).toEqual([someTime + openMs]);
  });

  it("permits one probe at a time when the open time is over", async () => {
    const breaker = aBreaker();
    report(breaker, { ended: hung, times: breakerHangsMin });
    const later = someTime + breakerHungOpenMsMin;
    expect(await breaker.tryAcquire("i", later)).toBeUndefined();
    expect(await breaker.tryAcquire("i", later)).toBe(later + targetTimeoutMs);
    expect(await letThrough(breaker, later)).toBe(0);
  });

  it("permits another probe if the last one never reported", async () => {
    const breaker = aBreaker();
    report(breaker, { ended: hung, times: breakerHangsMin });
    const later = someTime + breakerHungOpenMsMin;
    await breaker.tryAcquire("i", later);
    expect(await breaker.tryAcquire("i", later + targetTimeoutMs)).toBeUndefined();
  });

  it("permits more and more attempts after a success, and finally all", async () => {
    const breaker = aBreaker();
    report(breaker, { ended: failed, times: breakerFailuresMin });
    let now = someTime + breakerOpenMsMin;
    await breaker.tryAcquire("i", now);
    report(breaker, { ended: worked, now });
    // The probe is the attempt of the first second.
    expect(await letThrough(breaker, now)).toBe(0);
    for (let step = 1; step < slowStartRampSeconds; step += 1) {
      now += 1_000;
      expect(await letThrough(breaker, now)).toBe(2 ** step);
    }
    now += 1_000;
    expect(await letThrough(breaker, now)).toBe(slowStartPerSecond);
    now += 600_000;
    expect(await letThrough(breaker, now)).toBe(1_000);
  });

  it("holds a delivery above the limit until the next second", async () => {
    const breaker = aBreaker();
    breaker.observeRemote("i", { recovery: { recoveredAt: someTime, outageMs: 0 } }, someTime);
    expect(await breaker.tryAcquire("i", someTime + 10)).toBeUndefined();
    expect(await breaker.tryAcquire("i", someTime + 20)).toBe((secondOf(someTime) + 1) * 1_000);
  });

  it("permits another attempt in slow start for one that was not made", async () => {
    const breaker = aBreaker();
    breaker.observeRemote("i", { recovery: { recoveredAt: someTime, outageMs: 0 } }, someTime);
    expect(await letThrough(breaker, someTime)).toBe(1);
    breaker.release("i");
    expect(await letThrough(breaker, someTime)).toBe(1);
  });

  it("opens again, for longer, after failures in slow start", async () => {
    const breaker = aBreaker();
    report(breaker, { ended: overloaded, times: breakerOverloadedMin });
    const now = someTime + breakerOpenMsMin;
    await breaker.tryAcquire("i", now);
    report(breaker, { ended: worked, now });
    expect(report(breaker, { ended: overloaded, now })).toEqual([now + 2 * breakerOpenMsMin]);
  });

  it("doubles the open time, up to the maximum", async () => {
    const breaker = aBreaker();
    let now = someTime;
    report(breaker, { ended: failed, times: breakerFailuresMin });
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const until = (await breaker.tryAcquire("i", now)) ?? now;
      waits.push(until - now);
      now = until;
      await breaker.tryAcquire("i", now);
      report(breaker, { ended: failed, now });
    }
    expect(waits).toEqual(
      waits.map((_, round) => Math.min(breakerOpenMsMin * 2 ** round, breakerOpenMsMax)),
    );
  });

  it("counts concurrent failures once", async () => {
    const breaker = aBreaker();
    report(breaker, { ended: hung, times: 50 });
    expect(await breaker.tryAcquire("i", someTime)).toBe(someTime + breakerHungOpenMsMin);
  });

  it("follows the circuits of other workers, with a slow start after they close", async () => {
    const breaker = aBreaker();
    const until = someTime + 30_000;
    breaker.observeRemote("i", { openUntil: until }, someTime);
    expect(await breaker.tryAcquire("i", someTime)).toBe(until);
    breaker.observeRemote("i", { openUntil: until }, someTime + 1);
    breaker.observeRemote("i", undefined, someTime + 2);
    expect(await letThrough(breaker, someTime + 2)).toBe(1);
  });

  it("begins with a probe if it starts while the circuit of other workers is half-open", async () => {
    const breaker = aBreaker();
    breaker.observeRemote("i", { openUntil: someTime - 1 }, someTime);
    expect(await letThrough(breaker, someTime)).toBe(1);
  });

  it("starts slowly if it starts during the slow start of other workers, and not later", async () => {
    const remote = { recovery: { recoveredAt: someTime, outageMs: 0 } };
    const during = aBreaker();
    during.observeRemote("i", remote, someTime + 2_000);
    expect(await letThrough(during, someTime + 2_000)).toBe(4);
    const after = aBreaker();
    after.observeRemote("i", remote, someTime + 600_000);
    expect(await letThrough(after, someTime + 600_000)).toBe(1_000);
  });

  it("makes one attempt a second while the quota is unavailable", async () => {
    const errors: string[] = [];
    const breaker = openCircuitBreaker({
      quota: { acquire: async () => Promise.reject(new Error("the table is down")) },
      onError: (what) => void errors.push(what),
    });
    const recovery = { recoveredAt: someTime, outageMs: 0 };
    breaker.observeRemote("i", { recovery }, someTime + 5_000);
    expect(await letThrough(breaker, someTime + 5_000)).toBe(1);
    expect(await letThrough(breaker, someTime + 6_000)).toBe(1);
    expect(errors).toEqual(["quota", "quota"]);
  });

  it("ignores older circuits of other workers after its own success", async () => {
    const breaker = aBreaker();
    const [until] = report(breaker, { ended: hung, times: breakerHangsMin }).slice(-1);
    const later = someTime + breakerHungOpenMsMin;
    const openUntil = until ?? 0;
    breaker.observeRemote("i", { openUntil }, later);
    await breaker.tryAcquire("i", later);
    report(breaker, { ended: worked, now: later });
    breaker.observeRemote("i", { openUntil }, later + 1);
    expect(await breaker.tryAcquire("i", later + 1_000)).toBeUndefined();
  });

  it("stores a bounded number of circuits", async () => {
    const breaker = aBreaker();
    for (let i = 0; i <= breakersMax; i += 1) {
      report(breaker, { ended: hung, times: breakerHangsMin, id: `i${i}` });
    }
    expect(await breaker.tryAcquire("i0", someTime)).toBeUndefined();
    expect(await breaker.tryAcquire("i1", someTime)).toBeDefined();
  });
});

describe("workers of a region together, for any number of them,", () => {
  it("make at most the permitted attempts at a recovered target, with few requests", async () => {
    const given = fc.record({
      workers: fc.integer({ min: 1, max: 300 }),
      outageMs: fc.integer({ min: 0, max: 4_000_000 }),
      passedSeconds: fc.integer({ min: 0, max: 300 }),
      knocks: fc.integer({ min: 1, max: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ workers, outageMs, passedSeconds, knocks }) => {
        let requests = 0;
        const quota = memoryAttemptQuota(() => {
          requests += 1;
        });
        const recovery = { recoveredAt: someTime, outageMs };
        const now = someTime + passedSeconds * 1_000;
        const permitted = await Promise.all(
          Array.from({ length: workers }, async () => {
            const breaker = aBreaker(quota);
            breaker.observeRemote("i", { recovery }, now);
            return letThrough(breaker, now, knocks);
          }),
        );
        const total = permitted.reduce((all, one) => all + one, 0);
        const rate = slowStartRate(recovery, secondOf(now)) ?? Number.POSITIVE_INFINITY;
        expect(total).toBeLessThanOrEqual(rate);
        expect(total).toBeGreaterThanOrEqual(Math.min(rate, knocks));
        expect(requests).toBeLessThanOrEqual(leasesPerSecondMax + workers);
      }),
    );
  });

  it("send one probe at a time to a target when the open time is over", async () => {
    const quota = memoryAttemptQuota();
    const now = someTime + 30_000;
    const permitted = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const breaker = aBreaker(quota);
        breaker.observeRemote("i", { openUntil: now }, someTime);
        return letThrough(breaker, now, 10);
      }),
    );
    expect(permitted.reduce((all, one) => all + one, 0)).toBe(1);
  });
});

describe("a circuit breaker, for any sequence of results,", () => {
  const step = fc.record({
    ended: fc.record({
      failed: fc.constant(true),
      overloaded: fc.boolean(),
      tookMs: fc.integer({ min: 0, max: 2 * breakerHangMs }),
      retryAt: fc.option(fc.integer({ min: 0, max: 2 * someTime }), { nil: undefined }),
    }),
    works: fc.boolean(),
    afterMs: fc.integer({ min: 0, max: 60_000 }),
    heard: fc.option(fc.integer({ min: -400_000, max: breakerOpenMsMax }), { nil: undefined }),
  });
  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
  const steps = fc.array(step, { maxLength: 80 });

  /**
   * Runs the steps and records the result of each permitted attempt. Returns the holds and the time
   * at the end.
   */
  const play = async (breaker: CircuitBreaker, given: readonly Step[]) => {
    let now = someTime;
    const held: number[] = [];
    for (const { ended, works, afterMs, heard } of given) {
      now += afterMs;
      breaker.observeRemote("i", heard === undefined ? undefined : { openUntil: now + heard }, now);
      const until = await breaker.tryAcquire("i", now);
      if (until === undefined) breaker.record("i", works ? worked : ended, now);
      else held.push(until - now);
    }
    return { now, held };
  };

  it("never holds a delivery for longer than the maximum, or until a time in the past", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        for (const ms of (await play(aBreaker(), given)).held) {
          expect(ms).toBeGreaterThan(0);
          expect(ms).toBeLessThanOrEqual(breakerOpenMsMax);
        }
      }),
    );
  });

  it("permits all attempts again after the target has recovered", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const breaker = aBreaker();
        let { now } = await play(breaker, given);
        breaker.observeRemote("i", undefined, now);
        for (let i = 0; i < 100; i += 1) {
          now += breakerOpenMsMax;
          if ((await breaker.tryAcquire("i", now)) === undefined) breaker.record("i", worked, now);
        }
        expect(await letThrough(breaker, now)).toBe(1_000);
      }),
    );
  });

  it("never opens for a target that always works", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const healthy = given.map((one) => ({ ...one, works: true, heard: undefined }));
        expect((await play(aBreaker(), healthy)).held).toEqual([]);
      }),
    );
  });

  it("never opens for another integration's failures", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const breaker = aBreaker();
        const { now } = await play(breaker, given);
        expect(await breaker.tryAcquire("another", now)).toBeUndefined();
      }),
    );
  });
});
