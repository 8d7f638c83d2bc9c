import { describe, expect, it } from "vitest";
import type { SecondFactors } from "#shared/account/mfa/secondFactor.ts";

const factor = {
  fleet: "f1",
  sealedSecret: "s",
  lastStep: 7,
  recoveryHashes: ["a", "b"],
  enabledAt: "2026",
  version: 1,
};

/** Contract of every implementation of `SecondFactors`. */
export const secondFactorsContract = (open: () => Promise<SecondFactors>): void => {
  describe("second factors", () => {
    it("are found by the user's fleet, one for each user", async () => {
      const factors = await open();
      await factors.add(factor);
      expect(await factors.find("f1")).toEqual(factor);
      expect(await factors.find("f2")).toBeUndefined();
      await expect(factors.add({ ...factor, sealedSecret: "t" })).rejects.toMatchObject({
        code: "already_exists",
      });
      expect(await factors.find("f1")).toEqual(factor);
    });

    it("are replaced by the next version in one of several concurrent writes", async () => {
      const factors = await open();
      await factors.add(factor);
      const next = { ...factor, lastStep: 8, version: 2 };
      const asked = Array.from({ length: 10 }, () => factors.replace(next));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
      expect(await factors.find("f1")).toEqual(next);
      expect(await factors.replace({ ...next, fleet: "f2" })).toBe(false);
    });

    it("are removed, and return whether they existed", async () => {
      const factors = await open();
      await factors.add(factor);
      expect(await factors.remove("f1")).toBe(true);
      expect(await factors.remove("f1")).toBe(false);
      expect(await factors.find("f1")).toBeUndefined();
    });
  });
};
