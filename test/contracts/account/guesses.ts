import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountBound } from "#shared/account/verify/guessBound.ts";
import type { Guesses } from "#shared/account/verify/knownPlaces.ts";
import {
  guessesMax,
  guessesSlowSeconds,
  guessesWindowSeconds,
  knownPlaceDays,
  knownPlacesMax,
} from "#shared/account/verify/limits.ts";
import { someTime } from "../../memory/samples.ts";

const slowMs = guessesSlowSeconds * 1_000;

/** What is true of guesses wherever they are counted. Times are exact to a second. */
export const guessesContract = (open: () => Promise<Guesses>): void => {
  describe("guesses", () => {
    const use = async (guesses: Guesses, times: number, now = someTime) => {
      for (let i = 0; i < times; i += 1)
        expect(await guesses.take("ada", now, accountBound)).toBe(0);
    };

    it("are let through until they are too many, then one from time to time", async () => {
      const guesses = await open();
      await use(guesses, guessesMax + 1);
      const wait = await guesses.take("ada", someTime, accountBound);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(guessesSlowSeconds);
      expect(await guesses.take("ada", someTime + slowMs - 1_000, accountBound)).toBeGreaterThan(0);
      expect(await guesses.take("ada", someTime + slowMs, accountBound)).toBe(0);
      expect(await guesses.take("ada", someTime + slowMs, accountBound)).toBe(guessesSlowSeconds);
      expect(await guesses.take("eve", someTime, accountBound)).toBe(0);
    });

    it("are counted one by one when many come at once", async () => {
      const guesses = await open();
      const all = Array.from({ length: 50 }, () => guesses.take("ada", someTime, accountBound));
      const through = (await Promise.all(all)).filter((wait) => wait === 0);
      expect(through).toHaveLength(guessesMax + 1);
    });

    it("are forgotten after a while without any", async () => {
      const guesses = await open();
      await use(guesses, guessesMax + 1);
      const later = someTime + guessesWindowSeconds * 1_000;
      expect(await guesses.take("ada", later - 1_000, accountBound)).toBe(0);
      expect(await guesses.take("ada", later, accountBound)).toBeGreaterThan(0);
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
      expect(await guesses.take("nobody", someTime, accountBound)).toBe(0);
    });

    it("have the bound that they are given", async () => {
      const guesses = await open();
      const bound = { max: 2, slowSeconds: 300 };
      const take = (now: number) => guesses.take("ada", now, bound);
      expect([await take(someTime), await take(someTime), await take(someTime)]).toEqual([0, 0, 0]);
      expect(await take(someTime + 1_000)).toBe(299);
      expect(await take(someTime + 300_000)).toBe(0);
    });

    it("know from where the right secret came, for a time", async () => {
      const guesses = await open();
      await guesses.remember("ada", "here", someTime);
      await guesses.remember("ada", "there", someTime + 60_000);
      const end = someTime + knownPlaceDays * 86_400_000;
      expect(await guesses.isKnown("ada", "here", end - 1_000)).toBe(true);
      expect(await guesses.isKnown("ada", "here", end)).toBe(false);
      expect(await guesses.isKnown("ada", "there", end)).toBe(true);
      expect(await guesses.isKnown("eve", "here", someTime)).toBe(false);
      expect(await guesses.take("ada", someTime, accountBound)).toBe(0);
    });

    it("know a bounded number of places, the newest ones", async () => {
      const guesses = await open();
      for (let i = 0; i <= knownPlacesMax; i += 1) await guesses.remember("ada", `${i}`, someTime);
      expect(await guesses.isKnown("ada", "0", someTime)).toBe(false);
      expect(await guesses.isKnown("ada", "1", someTime)).toBe(true);
      expect(await guesses.isKnown("ada", `${knownPlacesMax}`, someTime)).toBe(true);
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
            const asked = Array.from({ length: together }, () =>
              guesses.take("ada", now, accountBound),
            );
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
