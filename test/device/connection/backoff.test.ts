import fc from "fast-check";
import { expect, it } from "vitest";
import { createBackoff } from "../../../device/connection/backoff.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const limits = { baseMs: 1_000, capMs: 300_000 };

it("waits a random time up to a bound that doubles with each attempt, up to the cap and the outage so far", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ chance, attemptMs: fc.nat(60_000) })), (attempts) => {
      let now = 5_000;
      let random = 0;
      const backoff = createBackoff({ random: () => random, elapsed: () => now, ...limits });
      for (const [n, { chance, attemptMs }] of attempts.entries()) {
        random = chance;
        const boundMs = Math.min(1_000 * 2 ** n, 300_000, Math.max(1_000, now - 5_000));
        const waitMs = backoff.next();
        expect(waitMs).toBe(chance * boundMs);
        now += waitMs + attemptMs;
      }
    }),
  );
});

it("ends a wait at most as long after an outage as the outage was, or after the base", () => {
  fc.assert(
    fc.property(fc.infiniteStream(chance), fc.nat(3_600_000), (chances, outageMs) => {
      let now = 0;
      const random = (): number => chances.next().value ?? 0.5;
      const backoff = createBackoff({ random, elapsed: () => now, ...limits });
      // A wait of nothing does not end.
      while (now < outageMs) now += Math.max(1, backoff.next());
      expect(now).toBeLessThanOrEqual(Math.max(2 * outageMs, outageMs + limits.baseMs));
    }),
    { numRuns: 30 },
  );
});

it("starts again at the base after a reset", () => {
  let now = 0;
  const backoff = createBackoff({ random: () => 0.5, elapsed: () => now, ...limits });
  const waits = (): number[] =>
    [0, 4_000, 4_000].map((passedMs) => {
      now += passedMs;
      return backoff.next();
    });
  const first = waits();
  backoff.reset();
  now += 3_600_000;
  expect(waits()).toEqual(first);
  expect(first).toEqual([500, 1_000, 2_000]);
});
