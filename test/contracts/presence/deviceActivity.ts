import { describe, expect, it } from "vitest";
import type { DeviceActivityStore } from "#shared/device/deviceActivity.ts";
import { fleet, someTime } from "../../memory/samples.ts";

const aDevice = (n: number, at = someTime) => ({
  device: String(n).padStart(24, "0"),
  fleet,
  at,
});

/** The contract of every `DeviceActivityStore`. */
export const deviceActivityContract = (open: () => Promise<DeviceActivityStore>): void => {
  describe("device activity", () => {
    it("is initially empty", async () => {
      expect(await (await open()).list(10)).toEqual([]);
    });

    it("is read one object at a time, as it was added", async () => {
      const activityStore = await open();
      const many = Array.from({ length: 1_000 }, (_, n) => aDevice(n, someTime + n));
      await activityStore.add(many, someTime);
      await activityStore.add([aDevice(7)], someTime + 1);
      const keys = await activityStore.list(10);
      expect(await Promise.all(keys.map(activityStore.read))).toEqual([many, [aDevice(7)]]);
    });

    it("is listed from the oldest object, up to the limit", async () => {
      const activityStore = await open();
      for (const n of [2, 1, 3]) await activityStore.add([aDevice(n)], someTime + n);
      const keys = await activityStore.list(2);
      expect(await Promise.all(keys.map(activityStore.read))).toEqual([[aDevice(1)], [aDevice(2)]]);
    });

    it("of the same time is stored in separate objects", async () => {
      const activityStore = await open();
      await activityStore.add([aDevice(1)], someTime);
      await activityStore.add([aDevice(2)], someTime);
      expect(await activityStore.list(10)).toHaveLength(2);
    });

    it("is removed, idempotently", async () => {
      const activityStore = await open();
      for (const n of [1, 2, 3]) await activityStore.add([aDevice(n)], someTime + n);
      const [first, second] = await activityStore.list(2);
      await activityStore.remove([]);
      await activityStore.remove([first!, second!]);
      await activityStore.remove([first!]);
      const left = await activityStore.list(10);
      expect(await Promise.all(left.map(activityStore.read))).toEqual([[aDevice(3)]]);
    });
  });
};
