import { describe, expect, it } from "vitest";
import type { Epochs } from "#shared/presence/session.ts";

/** Contract of every implementation of epochs. `here` and `there` are two regions of one cloud. */
export const epochsContract = (open: () => Promise<{ here: Epochs; there: Epochs }>): void => {
  describe("the epoch of a region's sessions", () => {
    it("is written once, and every writer receives the stored one", async () => {
      const { here, there } = await open();
      expect(await here.find()).toBeUndefined();
      const begun = await Promise.all([here.begin(5), here.begin(6), here.begin(7)]);
      expect(new Set(begun).size).toBe(1);
      expect(await here.find()).toBe(begun[0]);
      expect(await here.begin(8)).toBe(begun[0]);
      expect(await there.find()).toBeUndefined();
    });
  });
};
