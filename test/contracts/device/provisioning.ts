import { describe, expect, it } from "vitest";
import type { Provisioning } from "#shared/device/registry/registry.ts";

const pending = (digit: string, since = 1, fleet = "f1") => ({
  device: digit.repeat(24),
  fleet,
  since,
});

/**
 * Contract of every store of pending provisions and endpoints, for the regions `us-east-1` and
 * `eu-west-1`.
 */
export const provisioningContract = (
  open: () => Promise<{ us: Provisioning; eu: Provisioning }>,
): void => {
  describe("pending provisions and endpoints", () => {
    it("store the endpoint of each region", async () => {
      const { us, eu } = await open();
      await us.putEndpoint("mqtts://us:8883");
      expect(await eu.endpoint("us-east-1")).toBe("mqtts://us:8883");
      expect(await us.endpoint("eu-west-1")).toBeUndefined();
    });

    it("are listed for the named regions, in pages", async () => {
      const { us, eu } = await open();
      await us.addPending(pending("a"), ["eu-west-1"]);
      await us.addPending(pending("b"), ["us-east-1", "eu-west-1"]);
      await us.addPending(pending("c"), ["eu-west-1"]);
      expect(await us.listPending({ limit: 10 })).toEqual({ pending: [pending("b")] });
      expect([
        await us.countPending("eu-west-1", 10),
        await us.countPending("us-east-1", 10),
      ]).toEqual([3, 1]);
      expect(await us.countPending("eu-west-1", 2)).toBe(2);
      const first = await eu.listPending({ limit: 2 });
      expect(first.pending).toEqual([pending("a"), pending("b")]);
      expect((await eu.listPending({ limit: 10, after: first.next! })).pending).toEqual([
        pending("c"),
      ]);
    });

    it("are completed, unless they were written again in the meantime", async () => {
      const { us, eu } = await open();
      const again = { ...pending("a", 2), mustDisconnect: true };
      await us.addPending(pending("a"), ["eu-west-1"]);
      await us.addPending(again, ["eu-west-1"]);
      await eu.completePending(pending("a"));
      expect((await eu.listPending({ limit: 10 })).pending).toEqual([again]);
      await eu.completePending(again);
      await eu.completePending(again);
      expect((await eu.listPending({ limit: 10 })).pending).toEqual([]);
    });

    it("are stored for each fleet of a device", async () => {
      const { us, eu } = await open();
      const other = pending("a", 2, "f2");
      await us.addPending(pending("a"), ["eu-west-1"]);
      await us.addPending(other, ["eu-west-1"]);
      expect((await eu.listPending({ limit: 10 })).pending).toEqual([pending("a"), other]);
      await eu.completePending(other);
      expect((await eu.listPending({ limit: 10 })).pending).toEqual([pending("a")]);
    });

    it("require a disconnection until it is recorded, unless they were written again", async () => {
      const { us, eu } = await open();
      const must = { ...pending("a"), mustDisconnect: true };
      const later = { ...pending("a", 2), mustDisconnect: true };
      const listed = async () => (await eu.listPending({ limit: 10 })).pending;
      await us.addPending(must, ["eu-west-1"]);
      await us.addPending(pending("a", 5), ["eu-west-1"]);
      expect(await listed()).toEqual([must]);
      await us.addPending(later, ["eu-west-1"]);
      await us.recordDisconnect(must, "eu-west-1");
      expect(await listed()).toEqual([later]);
      await us.recordDisconnect(later, "eu-west-1");
      expect(await listed()).toEqual([pending("a", 2)]);
      await us.recordDisconnect({ ...pending("a", 2), movedAt: 7 }, "eu-west-1");
      expect(await listed()).toEqual([{ ...pending("a", 2), movedAt: 7 }]);
      await us.recordDisconnect(pending("a", 2), "eu-west-1");
      await us.recordDisconnect(pending("b"), "eu-west-1");
      expect(await listed()).toEqual([pending("a", 2)]);
    });
  });
};
