import { describe, expect, it } from "vitest";
import type { ClaimProofs } from "#shared/device/fleet/claimProofs.ts";

const device = "a".repeat(24);

/** What every `ClaimProofs` does. */
export const claimProofsContract = (open: () => Promise<ClaimProofs>): void => {
  describe("claim codes", () => {
    it("are those that were kept last, for each fleet", async () => {
      const proofs = await open();
      expect(await proofs.codes("f1")).toEqual([]);
      await proofs.keepCodes("f1", [{ hash: "a", until: 1 }]);
      await proofs.keepCodes("f1", [{ hash: "b", until: 2 }]);
      expect(await proofs.codes("f1")).toEqual([{ hash: "b", until: 2 }]);
      expect(await proofs.codes("f2")).toEqual([]);
    });

    it("are said by devices, the last one counts", async () => {
      const proofs = await open();
      expect(await proofs.said(device)).toBeUndefined();
      await proofs.say(device, "a");
      await proofs.say(device, "b");
      expect(await proofs.said(device)).toBe("b");
    });
  });
};
