import { describe, expect, it } from "vitest";
import type { Provisioning } from "#shared/device/registry/registry.ts";

const owed = (digit: string, since = 1, fleet = "f1") => ({
  device: digit.repeat(24),
  fleet,
  since,
});

/** What is true of what regions tell each other, wherever it is kept: `us-east-1` and `eu-west-1`. */
export const provisioningContract = (
  open: () => Promise<{ us: Provisioning; eu: Provisioning }>,
): void => {
  describe("what regions tell each other of devices", () => {
    it("keeps where each region's devices connect", async () => {
      const { us, eu } = await open();
      await us.keepEndpoint("mqtts://us:8883");
      expect(await eu.endpoint("us-east-1")).toBe("mqtts://us:8883");
      expect(await us.endpoint("eu-west-1")).toBeUndefined();
    });

    it("is owed to the regions that are named, in pages", async () => {
      const { us, eu } = await open();
      await us.owe(owed("a"), ["eu-west-1"]);
      await us.owe(owed("b"), ["us-east-1", "eu-west-1"]);
      await us.owe(owed("c"), ["eu-west-1"]);
      expect(await us.owed({ limit: 10 })).toEqual({ owed: [owed("b")] });
      expect([await us.countOwed("eu-west-1", 10), await us.countOwed("us-east-1", 10)]).toEqual([
        3, 1,
      ]);
      expect(await us.countOwed("eu-west-1", 2)).toBe(2);
      const first = await eu.owed({ limit: 2 });
      expect(first.owed).toEqual([owed("a"), owed("b")]);
      expect((await eu.owed({ limit: 10, after: first.next! })).owed).toEqual([owed("c")]);
    });

    it("is settled, but not when it was written again since", async () => {
      const { us, eu } = await open();
      const again = { ...owed("a", 2), mustCut: true };
      await us.owe(owed("a"), ["eu-west-1"]);
      await us.owe(again, ["eu-west-1"]);
      await eu.settle(owed("a"));
      expect((await eu.owed({ limit: 10 })).owed).toEqual([again]);
      await eu.settle(again);
      await eu.settle(again);
      expect((await eu.owed({ limit: 10 })).owed).toEqual([]);
    });

    it("is kept for each fleet of a device: one does not take the place of another", async () => {
      const { us, eu } = await open();
      const other = owed("a", 2, "f2");
      await us.owe(owed("a"), ["eu-west-1"]);
      await us.owe(other, ["eu-west-1"]);
      expect((await eu.owed({ limit: 10 })).owed).toEqual([owed("a"), other]);
      await eu.settle(other);
      expect((await eu.owed({ limit: 10 })).owed).toEqual([owed("a")]);
    });

    it("remembers that a connection must be closed until that is noted, unless it was written again", async () => {
      const { us, eu } = await open();
      const must = { ...owed("a"), mustCut: true };
      const later = { ...owed("a", 2), mustCut: true };
      const listed = async () => (await eu.owed({ limit: 10 })).owed;
      await us.owe(must, ["eu-west-1"]);
      await us.owe(owed("a", 5), ["eu-west-1"]);
      expect(await listed()).toEqual([must]);
      await us.owe(later, ["eu-west-1"]);
      await us.noteCut(must, "eu-west-1");
      expect(await listed()).toEqual([later]);
      await us.noteCut(later, "eu-west-1");
      expect(await listed()).toEqual([owed("a", 2)]);
      await us.noteCut({ ...owed("a", 2), movedAt: 7 }, "eu-west-1");
      expect(await listed()).toEqual([{ ...owed("a", 2), movedAt: 7 }]);
      await us.noteCut(owed("a", 2), "eu-west-1");
      await us.noteCut(owed("b"), "eu-west-1");
      expect(await listed()).toEqual([owed("a", 2)]);
    });
  });
};
