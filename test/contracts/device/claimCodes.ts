import { describe, expect, it } from "vitest";
import type { ClaimCodes } from "#shared/device/fleet/verifyClaim.ts";

const device = "a".repeat(24);

/** The contract of every `ClaimCodes`. */
export const claimCodesContract = (open: () => Promise<ClaimCodes>): void => {
  describe("claim codes", () => {
    it("are the latest ones of each fleet", async () => {
      const claimCodes = await open();
      expect(await claimCodes.listCodes("f1")).toEqual([]);
      await claimCodes.putCodes("f1", [{ hash: "a", until: 1 }]);
      await claimCodes.putCodes("f1", [{ hash: "b", until: 2 }]);
      expect(await claimCodes.listCodes("f1")).toEqual([{ hash: "b", until: 2 }]);
      expect(await claimCodes.listCodes("f2")).toEqual([]);
    });

    it("are recorded for devices; the latest one is valid", async () => {
      const claimCodes = await open();
      expect(await claimCodes.recordedCode(device)).toBeUndefined();
      await claimCodes.recordCode(device, "a");
      await claimCodes.recordCode(device, "b");
      expect(await claimCodes.recordedCode(device)).toBe("b");
    });
  });
};
