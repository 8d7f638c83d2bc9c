import { describe, expect, it } from "vitest";
import type { Devices } from "#shared/ports.ts";

const device = (id: string, fleet = "f1") => ({
  id: id.repeat(24),
  fleet,
  name: `device-${id}`,
  owner: "a@b.c",
  createdAt: "2025-01-02T03:04:05.678Z",
});

/** What is true of devices wherever they are kept. */
export const devicesContract = (open: () => Promise<Devices>): void => {
  describe("devices", () => {
    it("lists the devices of one fleet only", async () => {
      const devices = await open();
      await devices.add(device("b"));
      await devices.add(device("a"));
      await devices.add(device("c", "f12"));
      expect(await devices.list("f1")).toEqual([device("a"), device("b")]);
      expect(await devices.list("f2")).toEqual([]);
    });

    it("does not overwrite a device", async () => {
      const devices = await open();
      await devices.add(device("a"));
      await expect(devices.add({ ...device("a"), name: "other" })).rejects.toThrow();
      expect(await devices.list("f1")).toEqual([device("a")]);
    });
  });
};
