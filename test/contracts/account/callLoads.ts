import { describe, expect, it } from "vitest";
import type { CallLoads } from "#shared/account/caller/callShare.ts";

const options = { isConsistent: true };

/** Contract of every implementation of `CallLoads`. */
export const callLoadsContract = (open: () => Promise<CallLoads>): void => {
  describe("loads of calls", () => {
    it("are added up in their window, for each user", async () => {
      const loads = await open();
      expect(await loads.find("ada", options)).toBeUndefined();
      expect(await loads.add("ada", { window: 7, spentMs: 5 })).toBe(false);
      const begun = { window: 7, spentMs: 100, share: 0.5 };
      expect(await loads.begin("ada", begun, undefined)).toBe(true);
      expect(await loads.add("ada", { window: 7, spentMs: 20 })).toBe(true);
      expect(await loads.add("ada", { window: 8, spentMs: 20 })).toBe(false);
      expect(await loads.find("ada", options)).toEqual({ ...begun, spentMs: 120 });
      expect(await loads.find("eve", options)).toBeUndefined();
    });

    it("begin a window once", async () => {
      const loads = await open();
      const first = { window: 7, spentMs: 1, share: 1 };
      const next = { window: 8, spentMs: 2, share: 0.25 };
      expect(await loads.begin("ada", first, undefined)).toBe(true);
      expect(await loads.begin("ada", { ...first, spentMs: 9 }, undefined)).toBe(false);
      expect(await loads.begin("ada", next, first)).toBe(true);
      expect(await loads.begin("ada", { ...next, spentMs: 9 }, first)).toBe(false);
      expect(await loads.find("ada", options)).toEqual(next);
    });
  });
};
