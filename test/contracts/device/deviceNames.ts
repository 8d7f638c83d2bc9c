import { describe, expect, it } from "vitest";
import type { DeviceNames, NameHold } from "#shared/device/deviceNames.ts";

const hold = (token: string, more: Partial<NameHold> = {}): NameHold => ({
  fleet: "f1",
  name: "lamp",
  device: "a".repeat(24),
  token,
  since: 1,
  ...more,
});

/** What is true of device names wherever they are kept. */
export const deviceNamesContract = (open: () => Promise<DeviceNames>): void => {
  describe("device names", () => {
    it("are held by one request, in each fleet, whatever their capitals", async () => {
      const names = await open();
      expect(await names.find("f1", "lamp")).toBeUndefined();
      expect(await names.put(hold("t1"))).toBe(true);
      expect(await names.put(hold("t2", { device: "b".repeat(24) }))).toBe(false);
      expect(await names.find("f1", "LAMP")).toEqual(hold("t1"));
      expect(await names.find("f2", "lamp")).toBeUndefined();
      expect(await names.put(hold("t3", { fleet: "f2" }))).toBe(true);
    });

    it("go to one of several requests that come at once", async () => {
      const names = await open();
      const tokens = ["t1", "t2", "t3", "t4"];
      const won = await Promise.all(tokens.map((token) => names.put(hold(token))));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it("pass on from the hold that was read, and from no other", async () => {
      const names = await open();
      await names.put(hold("t1"));
      expect(await names.put(hold("t2"), hold("t1"))).toBe(true);
      expect(await names.put(hold("t3"), hold("t1"))).toBe(false);
      expect(await names.find("f1", "lamp")).toEqual(hold("t2"));
    });

    it("are freed by the request that holds them, and by no other", async () => {
      const names = await open();
      await names.put(hold("t1"));
      await names.remove(hold("t2"));
      expect(await names.find("f1", "lamp")).toEqual(hold("t1"));
      await names.remove(hold("t1"));
      await names.remove(hold("t1"));
      expect(await names.find("f1", "lamp")).toBeUndefined();
      expect(await names.put(hold("t3"), hold("t1"))).toBe(false);
    });
  });
};
