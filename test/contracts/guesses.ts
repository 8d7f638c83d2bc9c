import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guessesMax, guessesSlowSeconds, guessesWindowSeconds } from "#shared/limits.ts";
import type { Guesses } from "#shared/ports.ts";
import { someTime } from "../memory/samples.ts";

const slowMs = guessesSlowSeconds * 1_000;

/** What is true of guesses wherever they are counted. Times are exact to a second. */
export const guessesContract = (open: () => Promise<Guesses>): void => {
  describe("guesses", () => {
    const use = async (guesses: Guesses, times: number, now = someTime) => {
      for (let i = 0; i < times; i += 1) expect(await guesses.take("ada", now)).toBe(0);
    };

    it("are let through until they are too many, then one from time to time", async () => {
      const guesses = await open();
      await use(guesses, guessesMax + 1);
      const wait = await guesses.take("ada", someTime);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(guessesSlowSeconds);
      expect(await guesses.take("ada", someTime + slowMs - 1_000)).toBeGreaterThan(0);
      expect(await guesses.take("ada", someTime + slowMs)).toBe(0);
      expect(await guesses.take("ada", someTime + slowMs)).toBe(guessesSlowSeconds);
      expect(await guesses.take("eve", someTime)).toBe(0);
    });

    it("are counted one by one when many come at once", async () => {
      const guesses = await open();
      const all = Array.from({ length: 50 }, () => guesses.take("ada", someTime));
      const through = (await Promise.all(all)).filter((wait) => wait === 0);
      expect(through).toHaveLength(guessesMax + 1);
    });

    it("are forgotten after a while without any", async () => {
      const guesses = await open();
      await use(guesses, guessesMax + 1);
      const later = someTime + guessesWindowSeconds * 1_000;
      expect(await guesses.take("ada", later - 1_000)).toBe(0);
      expect(await guesses.take("ada", later)).toBeGreaterThan(0);
      await use(guesses, guessesMax, later + guessesWindowSeconds * 1_000);
    });

    it("that were right count for nothing", async () => {
      const guesses = await open();
      for (let i = 0; i < guessesMax * 2; i += 1) {
        await use(guesses, 1);
        await guesses.giveBack("ada");
      }
      await use(guesses, guessesMax);
      await guesses.clear("ada");
      await use(guesses, guessesMax);
      await guesses.giveBack("nobody");
      expect(await guesses.take("nobody", someTime)).toBe(0);
    });

    it("never get further than the limit, whatever comes in which order", async () => {
      const steps = fc.array(
        fc.record({ waitMs: fc.nat(40_000), together: fc.integer({ min: 1, max: 6 }) }),
        {
          maxLength: 15,
        },
      );
      await fc.assert(
        fc.asyncProperty(steps, async (given) => {
          const guesses = await open();
          let now = someTime;
          let through = 0;
          for (const { waitMs, together } of given) {
            now += waitMs;
            const asked = Array.from({ length: together }, () => guesses.take("ada", now));
            through += (await Promise.all(asked)).filter((wait) => wait === 0).length;
            const slow = Math.ceil((now - someTime) / slowMs) + 1;
            expect(through).toBeLessThanOrEqual(guessesMax + slow);
          }
        }),
        { numRuns: 20 },
      );
    });
  });
};
