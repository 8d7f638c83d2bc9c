import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextAttempt, queueDelay } from "#shared/integration/schedule.ts";
import { deliveryJitter, deliveryWaitsSeconds, queueDelaySecondsMax } from "#shared/limits.ts";
import { someTime } from "../../memory/samples.ts";

const attempts = fc.integer({ min: 1, max: deliveryWaitsSeconds.length });
const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe("the next attempt", () => {
  it("comes after the wait of the schedule, give or take the jitter", () => {
    fc.assert(
      fc.property(attempts, chance, (made, luck) => {
        const waitMs = deliveryWaitsSeconds[made - 1]! * 1_000;
        const next = nextAttempt({ attempts: made }, someTime, luck)! - someTime;
        expect(next).toBeGreaterThanOrEqual(Math.floor(waitMs * (1 - deliveryJitter)));
        expect(next).toBeLessThanOrEqual(Math.ceil(waitMs * (1 + deliveryJitter)));
        expect(Number.isInteger(next)).toBe(true);
      }),
    );
  });

  it("comes later after each attempt, whatever the chance", () => {
    fc.assert(
      fc.property(attempts, chance, chance, (made, luck, otherLuck) => {
        const next = nextAttempt({ attempts: made }, someTime, luck)!;
        const after = nextAttempt({ attempts: made + 1 }, someTime, otherLuck);
        if (after !== undefined) expect(after).toBeGreaterThan(next);
      }),
    );
  });

  it("does not come when the schedule is used up", () => {
    expect(nextAttempt({ attempts: deliveryWaitsSeconds.length }, 0, 0.5)).toBeDefined();
    expect(nextAttempt({ attempts: deliveryWaitsSeconds.length + 1 }, 0, 0.5)).toBeUndefined();
  });

  it("is never planned after the deadline", () => {
    fc.assert(
      fc.property(attempts, chance, fc.integer({ min: 0, max: 9_000_000 }), (made, luck, left) => {
        const deadline = someTime + left;
        const free = nextAttempt({ attempts: made }, someTime, luck)!;
        const bound = nextAttempt({ attempts: made, deadline }, someTime, luck);
        expect(bound).toBe(free <= deadline ? free : undefined);
      }),
    );
  });
});

describe("the queue's delay", () => {
  it("never lets a delivery out before its time, but for what the queue cannot wait", () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000, max: 10_000_000 }), (waitMs) => {
        const delay = queueDelay(someTime + waitMs, someTime);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(queueDelaySecondsMax);
        if (delay < queueDelaySecondsMax) expect(delay * 1_000).toBeGreaterThanOrEqual(waitMs);
        expect(delay * 1_000).toBeLessThan(Math.max(waitMs, 0) + 1_000);
      }),
    );
  });
});
