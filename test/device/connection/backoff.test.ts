import fc from "fast-check";
import { expect, it } from "vitest";
import { createBackoff } from "../../../device/connection/backoff.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

it("waits a random time up to a bound that doubles with each attempt, up to the cap", () => {
  fc.assert(
    fc.property(fc.array(chance, { maxLength: 2_000 }), (chances) => {
      let n = 0;
      const backoff = createBackoff({
        random: () => chances[n] ?? 0,
        baseMs: 1_000,
        capMs: 300_000,
      });
      for (; n < chances.length; n += 1) {
        const waitMs = backoff.next();
        const boundMs = n < 9 ? 1_000 * 2 ** n : 300_000;
        expect(waitMs).toBe(chances[n]! * boundMs);
        expect(waitMs).toBeLessThan(boundMs);
      }
    }),
  );
});

it("starts again at the base after a reset", () => {
  const backoff = createBackoff({ random: () => 0.5, baseMs: 1_000, capMs: 300_000 });
  const first = [backoff.next(), backoff.next(), backoff.next()];
  backoff.reset();
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual(first);
  expect(first).toEqual([500, 1_000, 2_000]);
});
