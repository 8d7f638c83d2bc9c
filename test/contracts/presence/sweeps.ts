import { describe, expect, it } from "vitest";
import type { Sweeps } from "#shared/presence/session.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

/**
 * Contract of every implementation of a sweep's position. `here` and `there` are two regions of one
 * cloud.
 */
export const sweepsContract = (open: () => Promise<{ here: Sweeps; there: Sweeps }>): void => {
  describe("the position of a sweep", () => {
    it("is the latest one of its region", async () => {
      const { here, there } = await open();
      expect(await here.find()).toBeUndefined();
      await here.put({ roundAt: someTime, after: deviceId });
      expect(await here.find()).toEqual({ roundAt: someTime, after: deviceId });
      await here.put({ roundAt: someTime });
      expect(await here.find()).toEqual({ roundAt: someTime });
      expect(await there.find()).toBeUndefined();
    });
  });
};
