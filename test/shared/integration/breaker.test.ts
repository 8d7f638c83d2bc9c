import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Breaker, openBreaker } from "#shared/integration/breaker.ts";
import {
  breakerHangMs,
  breakerHangsMin,
  breakerOpenMsMax,
  breakerOpenMsMin,
  breakersMax,
  targetTimeoutMs,
} from "#shared/limits.ts";
import { someTime } from "../../memory/samples.ts";

const hung = { failed: true, tookMs: breakerHangMs };

const hang = (breaker: Breaker, times: number, now = someTime, id = "i"): void => {
  for (let i = 0; i < times; i += 1) breaker.report(id, hung, now);
};

describe("a circuit breaker (I2)", () => {
  it("leaves a target alone after so many attempts in a row that hung", () => {
    const breaker = openBreaker();
    hang(breaker, breakerHangsMin - 1);
    expect(breaker.heldUntil("i", someTime)).toBeUndefined();
    hang(breaker, 1);
    expect(breaker.heldUntil("i", someTime)).toBe(someTime + breakerOpenMsMin);
    expect(breaker.heldUntil("another", someTime)).toBeUndefined();
  });

  it.each([
    ["succeeded slowly", { failed: false, tookMs: 10 * breakerHangMs }],
    ["failed fast", { failed: true, tookMs: breakerHangMs - 1 }],
  ])("begins to count anew after an attempt that %s", (_, attempt) => {
    const breaker = openBreaker();
    hang(breaker, breakerHangsMin - 1);
    breaker.report("i", attempt, someTime);
    hang(breaker, breakerHangsMin - 1);
    expect(breaker.heldUntil("i", someTime)).toBeUndefined();
  });

  it("lets one delivery at a time try the target when the time is over", () => {
    const breaker = openBreaker();
    hang(breaker, breakerHangsMin);
    const later = someTime + breakerOpenMsMin;
    expect(breaker.heldUntil("i", later)).toBeUndefined();
    expect(breaker.heldUntil("i", later)).toBe(later + targetTimeoutMs);
    breaker.report("i", { failed: false, tookMs: 1 }, later);
    expect(breaker.heldUntil("i", later)).toBeUndefined();
    expect(breaker.heldUntil("i", later)).toBeUndefined();
  });

  it("lets another try when the one that tried never came back", () => {
    const breaker = openBreaker();
    hang(breaker, breakerHangsMin);
    const later = someTime + breakerOpenMsMin;
    breaker.heldUntil("i", later);
    expect(breaker.heldUntil("i", later + targetTimeoutMs)).toBeUndefined();
  });

  it("leaves it alone for twice as long each time, up to a bound", () => {
    const breaker = openBreaker();
    let now = someTime;
    hang(breaker, breakerHangsMin, now);
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const until = breaker.heldUntil("i", now) ?? now;
      waits.push(until - now);
      now = until;
      breaker.heldUntil("i", now);
      hang(breaker, 1, now);
    }
    expect(waits).toEqual(
      waits.map((_, round) => Math.min(breakerOpenMsMin * 2 ** round, breakerOpenMsMax)),
    );
  });

  it("takes attempts that hung side by side for one", () => {
    const breaker = openBreaker();
    hang(breaker, 50);
    expect(breaker.heldUntil("i", someTime)).toBe(someTime + breakerOpenMsMin);
  });

  it("never holds a target back for longer than its bound, whatever happens", () => {
    const step = fc.record({
      failed: fc.boolean(),
      tookMs: fc.integer({ min: 0, max: 2 * breakerHangMs }),
      afterMs: fc.integer({ min: 0, max: 60_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const breaker = openBreaker();
        let now = someTime;
        for (const { afterMs, ...attempt } of steps) {
          now += afterMs;
          const held = breaker.heldUntil("i", now);
          if (held === undefined) breaker.report("i", attempt, now);
          else expect(held - now).toBeLessThanOrEqual(Math.max(breakerOpenMsMax, targetTimeoutMs));
        }
      }),
    );
  });

  it("remembers so many targets and no more", () => {
    const breaker = openBreaker();
    for (let i = 0; i <= breakersMax; i += 1) hang(breaker, breakerHangsMin, someTime, `i${i}`);
    expect(breaker.heldUntil("i0", someTime)).toBeUndefined();
    expect(breaker.heldUntil("i1", someTime)).toBeDefined();
  });
});
