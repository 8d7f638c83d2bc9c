import { describe, expect, it } from "vitest";
import { type Device, type Devices, namePositionOf } from "#shared/device/device.ts";

const device = (id: string, fleet = "f1") => ({
  id: id.repeat(24),
  fleet,
  name: `Device-${id}`,
  owner: "a@b.c",
  createdAt: "2025-01-02T03:04:05.678Z",
});

/** The contract of every `Devices`. */
export const devicesContract = (open: () => Promise<Devices>): void => {
  describe("devices", () => {
    it("lists the devices of one fleet, by name, up to the limit", async () => {
      const devices = await open();
      await devices.add(device("b"));
      await devices.add(device("a"));
      await devices.add(device("c", "f12"));
      expect(await devices.list("f1", 10)).toEqual([device("a"), device("b")]);
      expect(await devices.list("f1", 1)).toEqual([device("a")]);
      expect(await devices.list("f2", 10)).toEqual([]);
    });

    it("lists the devices of all fleets in pages, each once", async () => {
      const devices = await open();
      const all = ["a", "b", "c", "d", "e"].map((id, i) => device(id, `f${i % 2}`));
      for (const one of all) await devices.add(one);
      const found: Device[] = [];
      let after: string | undefined;
      do {
        const page = await devices.page({ limit: 2, after });
        expect(page.devices.length).toBeLessThanOrEqual(2);
        found.push(...page.devices);
        after = page.next;
      } while (after !== undefined);
      expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(all);
    });

    it.each(["asc", "desc"] as const)(
      "pages through a fleet by name, %s, each device once",
      async (order) => {
        const devices = await open();
        const { name: _, ...nameless } = device("d");
        const all = [device("a"), device("b"), device("c"), nameless];
        for (const one of [...all, device("e", "f2")]) await devices.add(one);
        const listed = await devices.list("f1", 10);
        const found: Device[] = [];
        let page = await devices.pageOfFleet("f1", { limit: 2, order });
        found.push(...page.devices);
        while (page.hasMore) {
          const after = namePositionOf(found.at(-1) ?? nameless);
          page = await devices.pageOfFleet("f1", { limit: 1, after, order });
          found.push(...page.devices);
        }
        expect(found).toEqual(order === "asc" ? listed : listed.toReversed());
      },
    );

    it("continues a page after a device that is gone", async () => {
      const devices = await open();
      for (const id of ["a", "b", "c"]) await devices.add(device(id));
      await devices.replace({ ...device("b"), fleet: "f2" }, device("b"));
      const after = namePositionOf(device("b"));
      const page = await devices.pageOfFleet("f1", { limit: 5, after, order: "asc" });
      expect(page.devices).toEqual([device("c")]);
    });

    it("reads many devices by their ids, and leaves out those that do not exist", async () => {
      const devices = await open();
      const ids = Array.from({ length: 130 }, (_, i) => i.toString(16).padStart(24, "0"));
      for (const id of ids) await devices.add({ ...device("a"), id, name: `n${id}` });
      const found = await devices.findMany([...ids, device("f").id]);
      expect(found.map(({ id }) => id).toSorted()).toEqual(ids);
      expect(await devices.findMany([])).toEqual([]);
    });

    it("lists a device without a name as well", async () => {
      const devices = await open();
      const { name: _, ...nameless } = device("a");
      await devices.add(nameless);
      expect(await devices.list("f1", 10)).toEqual([nameless]);
    });

    it("finds a device by its id, and by its name in its fleet", async () => {
      const devices = await open();
      await devices.add(device("a"));
      expect(await devices.find(device("a").id)).toEqual(device("a"));
      expect(await devices.find(device("b").id)).toBeUndefined();
      expect(await devices.findByName("f1", "dEVICE-A")).toEqual(device("a"));
      expect(await devices.findByName("f1", "device-b")).toBeUndefined();
      expect(await devices.findByName("f2", "device-a")).toBeUndefined();
    });

    it("does not overwrite a device", async () => {
      const devices = await open();
      await devices.add(device("a"));
      await expect(devices.add({ ...device("a"), name: "other" })).rejects.toMatchObject({
        code: "already_exists",
      });
      expect(await devices.list("f1", 10)).toEqual([device("a")]);
    });

    it("changes a device and its fleet, unless a concurrent request has moved it", async () => {
      const devices = await open();
      await devices.add(device("a"));
      const change = { ...device("a"), fleet: "f2", name: "other", product: 7, notes: "n" };
      const moved = await devices.replace(change, device("a"));
      expect(moved).toEqual({ ...change, revision: 1 });
      expect(await devices.find(moved.id)).toEqual(moved);
      expect(await devices.list("f1", 10)).toEqual([]);
      expect(await devices.findByName("f2", "other")).toEqual(moved);
      const conflict = { code: "conflict" };
      await expect(devices.replace(device("a"), device("a"))).rejects.toMatchObject(conflict);
      await expect(devices.replace(device("b"), device("b"))).rejects.toMatchObject(conflict);
      expect(await devices.find(moved.id)).toEqual(moved);
    });

    it("does not overwrite a concurrent change, also in the same fleet", async () => {
      const devices = await open();
      await devices.add(device("a"));
      const first = await devices.replace({ ...device("a"), notes: "1" }, device("a"));
      const second = await devices.replace({ ...first, notes: "2" }, first);
      const conflict = { code: "conflict" };
      await expect(devices.replace({ ...first, notes: "3" }, first)).rejects.toMatchObject(
        conflict,
      );
      await expect(devices.replace(device("a"), device("a"))).rejects.toMatchObject(conflict);
      expect(await devices.find(second.id)).toEqual({ ...device("a"), notes: "2", revision: 2 });
    });
  });
};
