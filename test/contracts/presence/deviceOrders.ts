import { describe, expect, it } from "vitest";
import type { DeviceOrders } from "#shared/presence/list/deviceOrders.ts";

const hex = (n: number): string => n.toString(16).padStart(24, "0");

/** The contract of every `DeviceOrders`. */
export const deviceOrdersContract = (open: (now: () => number) => Promise<DeviceOrders>): void => {
  describe("orders of lists of devices", () => {
    it("keeps the ids in their order, of 10,000 devices too", async () => {
      const orders = await open(() => 1_000);
      const devices = Array.from({ length: 10_000 }, (_, i) => hex((i * 7_919) % 10_007));
      await orders.put({ fleet: "f1", id: "one", devices, expiresAt: 2_000 });
      expect(await orders.find("f1", "one")).toEqual(devices);
    });

    it("has no order of another fleet, and none with another id", async () => {
      const orders = await open(() => 1_000);
      await orders.put({ fleet: "f1", id: "one", devices: [hex(1)], expiresAt: 2_000 });
      expect(await orders.find("f2", "one")).toBeUndefined();
      expect(await orders.find("f1", "two")).toBeUndefined();
    });

    it("has no expired order, although its row may still exist", async () => {
      let time = 1_000;
      const orders = await open(() => time);
      await orders.put({ fleet: "f1", id: "one", devices: [hex(1)], expiresAt: 2_000 });
      time = 2_000;
      expect(await orders.find("f1", "one")).toBeUndefined();
    });
  });
};
