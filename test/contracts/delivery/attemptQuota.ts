import { describe, expect, it } from "vitest";
import type { AttemptQuota } from "#shared/resilience/attemptQuota.ts";

/** The contract of `AttemptQuota`. */
export const attemptQuotaContract = (open: () => Promise<AttemptQuota>): void => {
  const second = 1_800_000_000;

  describe("the quota of attempts at a target", () => {
    it("is exact for concurrent workers, and grants the rest to the last one", async () => {
      const quota = await open();
      const acquire = () => quota.acquire("i", { second, allowed: 10, wanted: 4 });
      const granted = await Promise.all([acquire(), acquire(), acquire(), acquire()]);
      expect(granted.toSorted()).toEqual([0, 2, 4, 4]);
      expect(await acquire()).toBe(0);
    });

    it("is separate for each second and each integration", async () => {
      const quota = await open();
      const request = { second, allowed: 1, wanted: 1 };
      expect(await quota.acquire("i", request)).toBe(1);
      expect(await quota.acquire("i", request)).toBe(0);
      expect(await quota.acquire("i", { ...request, second: second + 1 })).toBe(1);
      expect(await quota.acquire("another", request)).toBe(1);
    });

    it("grants more in a second in which more is allowed", async () => {
      const quota = await open();
      expect(await quota.acquire("i", { second, allowed: 1, wanted: 1 })).toBe(1);
      expect(await quota.acquire("i", { second, allowed: 3, wanted: 4 })).toBe(2);
      expect(await quota.acquire("i", { second, allowed: 3, wanted: 1 })).toBe(0);
    });
  });
};
