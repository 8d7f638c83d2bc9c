import { describe, expect, it } from "vitest";
import type { DeviceNames, NameReservation } from "#shared/device/reserveName.ts";

const reservation = (token: string, more: Partial<NameReservation> = {}): NameReservation => ({
  fleet: "f1",
  name: "lamp",
  device: "a".repeat(24),
  token,
  since: 1,
  ...more,
});

/** The contract of every `DeviceNames`. */
export const deviceNamesContract = (open: () => Promise<DeviceNames>): void => {
  describe("device names", () => {
    it("are reserved by one request in each fleet, case-insensitive", async () => {
      const names = await open();
      expect(await names.find("f1", "lamp")).toBeUndefined();
      expect(await names.put(reservation("t1"))).toBe(true);
      expect(await names.put(reservation("t2", { device: "b".repeat(24) }))).toBe(false);
      expect(await names.find("f1", "LAMP")).toEqual(reservation("t1"));
      expect(await names.find("f2", "lamp")).toBeUndefined();
      expect(await names.put(reservation("t3", { fleet: "f2" }))).toBe(true);
    });

    it("go to one of several concurrent requests", async () => {
      const names = await open();
      const tokens = ["t1", "t2", "t3", "t4"];
      const won = await Promise.all(tokens.map((token) => names.put(reservation(token))));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it("are replaced if the reservation has not changed since the read", async () => {
      const names = await open();
      await names.put(reservation("t1"));
      expect(await names.put(reservation("t2"), reservation("t1"))).toBe(true);
      expect(await names.put(reservation("t3"), reservation("t1"))).toBe(false);
      expect(await names.find("f1", "lamp")).toEqual(reservation("t2"));
    });

    it("are released by the request that reserved them only", async () => {
      const names = await open();
      await names.put(reservation("t1"));
      await names.remove(reservation("t2"));
      expect(await names.find("f1", "lamp")).toEqual(reservation("t1"));
      await names.remove(reservation("t1"));
      await names.remove(reservation("t1"));
      expect(await names.find("f1", "lamp")).toBeUndefined();
      expect(await names.put(reservation("t3"), reservation("t1"))).toBe(false);
    });
  });
};
