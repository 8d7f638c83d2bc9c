import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deliveryJitter,
  deliveryWaitsSeconds,
  retryAfterSecondsMax,
} from "#shared/delivery/limits.ts";
import { exceedsQueueDelay, nextAttempt, queueDelay } from "#shared/delivery/schedule.ts";
import { queueDelaySecondsMax } from "#shared/platform/quotas.ts";
import { targetTimeoutMs } from "#shared/target/limits.ts";
import { someTime } from "../../memory/samples.ts";

const attempts = fc.integer({ min: 1, max: deliveryWaitsSeconds.length });
const chance = fc.double({ min: 0, max: 1, noNaN: true });

const at = (luck: number, retryAt?: number) => ({ now: someTime, chance: luck, retryAt });

it("makes ten attempts within about 75 hours", () => {
  const hours = deliveryWaitsSeconds.reduce((all, wait) => all + wait, 0) / 3_600;
  expect(deliveryWaitsSeconds).toHaveLength(9);
  expect(hours).toBeGreaterThan(75);
  expect(hours).toBeLessThan(76);
});

describe("the next attempt", () => {
  it("is no earlier than the target requested, and not much later", () => {
    const asked = fc.integer({ min: 0, max: retryAfterSecondsMax * 1_000 });
    fc.assert(
      fc.property(attempts, chance, asked, (made, luck, ms) => {
        const free = nextAttempt({ attempts: made }, at(luck))!;
        const next = nextAttempt({ attempts: made }, at(luck, someTime + ms))!;
        expect(next).toBeGreaterThanOrEqual(someTime + ms);
        expect(next).toBeGreaterThanOrEqual(free);
        expect(next).toBeLessThanOrEqual(
          Math.max(free, someTime + Math.ceil(ms * (1 + deliveryJitter))),
        );
      }),
    );
  });

  it("is after the wait of the schedule, within the jitter", () => {
    fc.assert(
      fc.property(attempts, chance, (made, luck) => {
        const waitMs = deliveryWaitsSeconds[made - 1]! * 1_000;
        const next = nextAttempt({ attempts: made }, at(luck))! - someTime;
        expect(next).toBeGreaterThanOrEqual(Math.floor(waitMs * (1 - deliveryJitter)));
        expect(next).toBeLessThanOrEqual(Math.ceil(waitMs * (1 + deliveryJitter)));
        expect(Number.isInteger(next)).toBe(true);
      }),
    );
  });

  it("is later after each attempt", () => {
    fc.assert(
      fc.property(attempts, chance, (made, luck) => {
        const next = nextAttempt({ attempts: made }, at(luck))!;
        const after = nextAttempt({ attempts: made + 1 }, at(luck));
        if (after !== undefined) expect(after).toBeGreaterThan(next);
      }),
    );
  });

  it("does not exist when the schedule is exhausted", () => {
    expect(nextAttempt({ attempts: deliveryWaitsSeconds.length }, at(0.5))).toBeDefined();
    expect(nextAttempt({ attempts: deliveryWaitsSeconds.length + 1 }, at(0.5))).toBeUndefined();
  });

  it("is never planned after the deadline", () => {
    fc.assert(
      fc.property(
        attempts,
        chance,
        fc.integer({ min: 0, max: 110_000_000 }),
        (made, luck, left) => {
          const deadline = someTime + left;
          const free = nextAttempt({ attempts: made }, at(luck))!;
          const bound = nextAttempt({ attempts: made, deadline }, at(luck));
          expect(bound).toBe(free <= deadline ? free : undefined);
        },
      ),
    );
  });
});

it("ends every delivery, whatever the target requests and for all random numbers", () => {
  const step = fc.record({
    luck: chance,
    askedMs: fc.option(fc.integer({ min: 0, max: retryAfterSecondsMax * 1_000 }), { nil: 0 }),
    tookMs: fc.integer({ min: 0, max: targetTimeoutMs }),
  });
  const steps = fc.array(step, { minLength: 12, maxLength: 12 });
  const left = fc.option(fc.integer({ min: 0, max: 400_000_000 }), { nil: undefined });
  fc.assert(
    fc.property(steps, left, (all, ms) => {
      const deadline = ms === undefined ? undefined : someTime + ms;
      let now = someTime;
      let made = 0;
      for (const { luck, askedMs, tookMs } of all) {
        now += tookMs;
        made += 1;
        const moment = { now, chance: luck, retryAt: now + askedMs };
        const next = nextAttempt({ attempts: made, deadline }, moment);
        if (next === undefined) break;
        expect(next).toBeGreaterThan(now);
        expect(next).toBeLessThanOrEqual(deadline ?? next);
        now = next;
      }
      const waits = deliveryWaitsSeconds.map((wait) => Math.max(wait, retryAfterSecondsMax));
      const longestMs = waits.reduce((sum, wait) => sum + wait * 1_000 * (1 + deliveryJitter), 0);
      expect(made).toBeLessThanOrEqual(deliveryWaitsSeconds.length + 1);
      if (deadline === undefined) expect(made).toBe(deliveryWaitsSeconds.length + 1);
      expect(now - someTime).toBeLessThanOrEqual(longestMs + 10 * (targetTimeoutMs + 1));
    }),
  );
});

describe("the queue's delay", () => {
  it("never ends before a delivery is due, except at the queue's longest delay", () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000, max: 10_000_000 }), (waitMs) => {
        const delay = queueDelay(someTime + waitMs, someTime);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(queueDelaySecondsMax);
        if (delay < queueDelaySecondsMax) expect(delay * 1_000).toBeGreaterThanOrEqual(waitMs);
        expect(delay * 1_000).toBeLessThan(Math.max(waitMs, 0) + 1_000);
        expect(exceedsQueueDelay(someTime + waitMs, someTime)).toBe(delay * 1_000 < waitMs);
      }),
    );
  });
});
