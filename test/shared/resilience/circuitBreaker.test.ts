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
  breakerSlowStartAttemptsMax,
  breakerSlowStartMs,
  breakersMax,
  breakerWindowAttempts,
  breakerWindowFailuresMin,
} from "#shared/resilience/limits.ts";
import { targetTimeoutMs } from "#shared/target/limits.ts";
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

/** Returns how many of several concurrent deliveries are permitted. */
const letThrough = (breaker: CircuitBreaker, now: number, knocks = 1_000): number =>
  Array.from({ length: knocks }, () => breaker.tryAcquire("i", now)).filter(
    (until) => until === undefined,
  ).length;

describe("a circuit breaker (I2)", () => {
  it.each([
    ["hung", hung, breakerHangsMin, breakerHungOpenMsMin],
    ["reported overload", overloaded, breakerOverloadedMin, breakerOpenMsMin],
    ["failed", failed, breakerFailuresMin, breakerOpenMsMin],
  ])("opens after several consecutive attempts that %s", (_, ended, min, openMs) => {
    const breaker = openCircuitBreaker();
    expect(report(breaker, { ended, times: min - 1 })).not.toContain(expect.anything());
    expect(breaker.tryAcquire("i", someTime)).toBeUndefined();
    expect(report(breaker, { ended })).toEqual([someTime + openMs]);
    expect(breaker.tryAcquire("i", someTime)).toBe(someTime + openMs);
    expect(breaker.tryAcquire("another", someTime)).toBeUndefined();
  });

  it.each([
    ["hung", hung, breakerHangsMin],
    ["reported overload", overloaded, breakerOverloadedMin],
    ["failed", failed, breakerFailuresMin],
  ])("restarts the count of attempts that %s after a success", (_, ended, min) => {
    const breaker = openCircuitBreaker();
    report(breaker, { ended, times: min - 1 });
    report(breaker, { ended: worked });
    report(breaker, { ended, times: min - 1 });
    expect(breaker.tryAcquire("i", someTime)).toBeUndefined();
  });

  it("opens if most attempts fail, and not for intermittent failures", () => {
    const attempts = (failures: number) => {
      const breaker = openCircuitBreaker();
      // Never enough consecutive failures to open it.
      for (let i = 0; i < breakerWindowAttempts; i += 1) {
        const works = i % 4 === 3 || i >= failures + Math.floor(i / 4);
        report(breaker, { ended: works ? worked : failed });
      }
      return breaker.tryAcquire("i", someTime);
    };
    expect(attempts(breakerWindowFailuresMin)).toBe(someTime + breakerOpenMsMin);
    expect(attempts(breakerWindowFailuresMin - 1)).toBeUndefined();
  });

  it.each([
    [7_000, 7_000],
    [1_000, breakerOpenMsMin],
    [86_400_000, breakerOpenMsMax],
  ])("opens at once for the requested %i ms, within the limits", (ms, openMs) => {
    const breaker = openCircuitBreaker();
    const ended = { ...overloaded, retryAt: someTime + ms };
    expect(report(breaker, { ended })).toEqual([someTime + openMs]);
  });

  it("permits one probe at a time when the open time is over", () => {
    const breaker = openCircuitBreaker();
    report(breaker, { ended: hung, times: breakerHangsMin });
    const later = someTime + breakerHungOpenMsMin;
    expect(breaker.tryAcquire("i", later)).toBeUndefined();
    expect(breaker.tryAcquire("i", later)).toBe(later + targetTimeoutMs);
    expect(letThrough(breaker, later)).toBe(0);
  });

  it("permits another probe if the last one never reported", () => {
    const breaker = openCircuitBreaker();
    report(breaker, { ended: hung, times: breakerHangsMin });
    const later = someTime + breakerHungOpenMsMin;
    breaker.tryAcquire("i", later);
    expect(breaker.tryAcquire("i", later + targetTimeoutMs)).toBeUndefined();
  });

  it("permits more and more attempts after a success, and finally all", () => {
    const breaker = openCircuitBreaker();
    report(breaker, { ended: failed, times: breakerFailuresMin });
    let now = someTime + breakerOpenMsMin;
    breaker.tryAcquire("i", now);
    report(breaker, { ended: worked, now });
    for (let allowed = 1; allowed <= breakerSlowStartAttemptsMax; allowed *= 2) {
      expect(letThrough(breaker, now)).toBe(allowed);
      now += breakerSlowStartMs;
    }
    expect(letThrough(breaker, now)).toBe(1_000);
  });

  it("opens again, for longer, after failures in slow start", () => {
    const breaker = openCircuitBreaker();
    report(breaker, { ended: overloaded, times: breakerOverloadedMin });
    const now = someTime + breakerOpenMsMin;
    breaker.tryAcquire("i", now);
    report(breaker, { ended: worked, now });
    expect(report(breaker, { ended: overloaded, now })).toEqual([now + 2 * breakerOpenMsMin]);
  });

  it("doubles the open time, up to the maximum", () => {
    const breaker = openCircuitBreaker();
    let now = someTime;
    report(breaker, { ended: failed, times: breakerFailuresMin });
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const until = breaker.tryAcquire("i", now) ?? now;
      waits.push(until - now);
      now = until;
      breaker.tryAcquire("i", now);
      report(breaker, { ended: failed, now });
    }
    expect(waits).toEqual(
      waits.map((_, round) => Math.min(breakerOpenMsMin * 2 ** round, breakerOpenMsMax)),
    );
  });

  it("counts concurrent failures once", () => {
    const breaker = openCircuitBreaker();
    report(breaker, { ended: hung, times: 50 });
    expect(breaker.tryAcquire("i", someTime)).toBe(someTime + breakerHungOpenMsMin);
  });

  it("follows the circuits of other workers, with a slow start after they close", () => {
    const breaker = openCircuitBreaker();
    const until = someTime + 30_000;
    breaker.observeRemote("i", until, someTime);
    expect(breaker.tryAcquire("i", someTime)).toBe(until);
    breaker.observeRemote("i", until, someTime + 1);
    breaker.observeRemote("i", undefined, someTime + 2);
    expect(letThrough(breaker, someTime + 2)).toBe(1);
  });

  it("ignores older circuits of other workers after its own success", () => {
    const breaker = openCircuitBreaker();
    const [until] = report(breaker, { ended: hung, times: breakerHangsMin }).slice(-1);
    const later = someTime + breakerHungOpenMsMin;
    breaker.observeRemote("i", until, later);
    breaker.tryAcquire("i", later);
    report(breaker, { ended: worked, now: later });
    breaker.observeRemote("i", until, later + 1);
    expect(breaker.tryAcquire("i", later + 1)).toBeUndefined();
  });

  it("stores a bounded number of circuits", () => {
    const breaker = openCircuitBreaker();
    for (let i = 0; i <= breakersMax; i += 1) {
      report(breaker, { ended: hung, times: breakerHangsMin, id: `i${i}` });
    }
    expect(breaker.tryAcquire("i0", someTime)).toBeUndefined();
    expect(breaker.tryAcquire("i1", someTime)).toBeDefined();
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
  const play = (breaker: CircuitBreaker, given: readonly Step[]) => {
    let now = someTime;
    const held: number[] = [];
    for (const { ended, works, afterMs, heard } of given) {
      now += afterMs;
      breaker.observeRemote("i", heard === undefined ? undefined : now + heard, now);
      const until = breaker.tryAcquire("i", now);
      if (until === undefined) breaker.record("i", works ? worked : ended, now);
      else held.push(until - now);
    }
    return { now, held };
  };

  it("never holds a delivery for longer than the maximum, or until a time in the past", () => {
    fc.assert(
      fc.property(steps, (given) => {
        for (const ms of play(openCircuitBreaker(), given).held) {
          expect(ms).toBeGreaterThan(0);
          expect(ms).toBeLessThanOrEqual(breakerOpenMsMax);
        }
      }),
    );
  });

  it("permits all attempts again after the target has recovered", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const breaker = openCircuitBreaker();
        let { now } = play(breaker, given);
        breaker.observeRemote("i", undefined, now);
        for (let i = 0; i < 100; i += 1) {
          now += breakerOpenMsMax;
          if (breaker.tryAcquire("i", now) === undefined) breaker.record("i", worked, now);
        }
        expect(letThrough(breaker, now)).toBe(1_000);
      }),
    );
  });

  it("never opens for a target that always works", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const healthy = given.map((one) => ({ ...one, works: true, heard: undefined }));
        expect(play(openCircuitBreaker(), healthy).held).toEqual([]);
      }),
    );
  });

  it("never opens for another integration's failures", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const breaker = openCircuitBreaker();
        const { now } = play(breaker, given);
        expect(breaker.tryAcquire("another", now)).toBeUndefined();
      }),
    );
  });
});
