import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attemptIntervalSeconds,
  attemptsPerAccountMax,
  attemptsWindowSeconds,
  knownAddressDays,
  knownAddressesMax,
} from "#shared/account/verify/limits.ts";
import { accountRateLimit, type RateLimiter } from "#shared/account/verify/rateLimit.ts";
import { someTime } from "../../memory/samples.ts";

const slowMs = attemptIntervalSeconds * 1_000;

/** Contract of every implementation of `RateLimiter`. Times have a resolution of one second. */
export const rateLimiterContract = (open: () => Promise<RateLimiter>): void => {
  describe("rate limits", () => {
    const use = async (rateLimiter: RateLimiter, times: number, now = someTime) => {
      for (let i = 0; i < times; i += 1)
        expect(await rateLimiter.acquire("ada", now, accountRateLimit)).toBe(0);
    };

    it("permit attempts up to the limit, and then one per interval", async () => {
      const rateLimiter = await open();
      await use(rateLimiter, attemptsPerAccountMax + 1);
      const wait = await rateLimiter.acquire("ada", someTime, accountRateLimit);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(attemptIntervalSeconds);
      expect(
        await rateLimiter.acquire("ada", someTime + slowMs - 1_000, accountRateLimit),
      ).toBeGreaterThan(0);
      expect(await rateLimiter.acquire("ada", someTime + slowMs, accountRateLimit)).toBe(0);
      expect(await rateLimiter.acquire("ada", someTime + slowMs, accountRateLimit)).toBe(
        attemptIntervalSeconds,
      );
      expect(await rateLimiter.acquire("eve", someTime, accountRateLimit)).toBe(0);
    });

    it("count concurrent attempts exactly", async () => {
      const rateLimiter = await open();
      const all = Array.from({ length: 50 }, () =>
        rateLimiter.acquire("ada", someTime, accountRateLimit),
      );
      const through = (await Promise.all(all)).filter((wait) => wait === 0);
      expect(through).toHaveLength(attemptsPerAccountMax + 1);
    });

    it("expire after a while without attempts", async () => {
      const rateLimiter = await open();
      await use(rateLimiter, attemptsPerAccountMax + 1);
      const later = someTime + attemptsWindowSeconds * 1_000;
      expect(await rateLimiter.acquire("ada", later - 1_000, accountRateLimit)).toBe(0);
      expect(await rateLimiter.acquire("ada", later, accountRateLimit)).toBeGreaterThan(0);
      await use(rateLimiter, attemptsPerAccountMax, later + attemptsWindowSeconds * 1_000);
    });

    it("do not count attempts that were released", async () => {
      const rateLimiter = await open();
      for (let i = 0; i < attemptsPerAccountMax * 2; i += 1) {
        await use(rateLimiter, 1);
        await rateLimiter.release("ada");
      }
      await use(rateLimiter, attemptsPerAccountMax);
      await rateLimiter.reset("ada");
      await use(rateLimiter, attemptsPerAccountMax);
      await rateLimiter.release("nobody");
      expect(await rateLimiter.acquire("nobody", someTime, accountRateLimit)).toBe(0);
    });

    it("apply the given limit", async () => {
      const rateLimiter = await open();
      const limit = { max: 2, intervalSeconds: 300 };
      const acquire = (now: number) => rateLimiter.acquire("ada", now, limit);
      expect([await acquire(someTime), await acquire(someTime), await acquire(someTime)]).toEqual([
        0, 0, 0,
      ]);
      expect(await acquire(someTime + 1_000)).toBe(299);
      expect(await acquire(someTime + 300_000)).toBe(0);
    });

    it("store the address of a success for a time", async () => {
      const rateLimiter = await open();
      await rateLimiter.addKnownAddress("ada", "here", someTime);
      await rateLimiter.addKnownAddress("ada", "there", someTime + 60_000);
      const end = someTime + knownAddressDays * 86_400_000;
      expect(await rateLimiter.isKnownAddress("ada", "here", end - 1_000)).toBe(true);
      expect(await rateLimiter.isKnownAddress("ada", "here", end)).toBe(false);
      expect(await rateLimiter.isKnownAddress("ada", "there", end)).toBe(true);
      expect(await rateLimiter.isKnownAddress("eve", "here", someTime)).toBe(false);
      expect(await rateLimiter.acquire("ada", someTime, accountRateLimit)).toBe(0);
    });

    it("store a bounded number of known addresses, the newest ones", async () => {
      const rateLimiter = await open();
      for (let i = 0; i <= knownAddressesMax; i += 1)
        await rateLimiter.addKnownAddress("ada", `${i}`, someTime);
      expect(await rateLimiter.isKnownAddress("ada", "0", someTime)).toBe(false);
      expect(await rateLimiter.isKnownAddress("ada", "1", someTime)).toBe(true);
      expect(await rateLimiter.isKnownAddress("ada", `${knownAddressesMax}`, someTime)).toBe(true);
    });

    it("are never exceeded, in any order of calls", async () => {
      const steps = fc.array(
        fc.record({ waitMs: fc.nat(40_000), together: fc.integer({ min: 1, max: 6 }) }),
        {
          maxLength: 15,
        },
      );
      await fc.assert(
        fc.asyncProperty(steps, async (given) => {
          const rateLimiter = await open();
          let now = someTime;
          let through = 0;
          for (const { waitMs, together } of given) {
            now += waitMs;
            const asked = Array.from({ length: together }, () =>
              rateLimiter.acquire("ada", now, accountRateLimit),
            );
            through += (await Promise.all(asked)).filter((wait) => wait === 0).length;
            const slow = Math.ceil((now - someTime) / slowMs) + 1;
            expect(through).toBeLessThanOrEqual(attemptsPerAccountMax + slow);
          }
        }),
        { numRuns: 20 },
      );
    });
  });
};
