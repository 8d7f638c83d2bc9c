import { describe, expect, it } from "vitest";
import type { FirmwareVersion, FirmwareVersions } from "#shared/firmware/firmwareVersion.ts";

const version = (given: Partial<FirmwareVersion> = {}): FirmwareVersion => ({
  product: 100_000_001,
  version: 1,
  title: "First",
  description: "",
  mandatory: false,
  name: "thermostat.bin",
  size: 3,
  sha256: "0".repeat(64),
  uploadedBy: "ada@example.com",
  uploadedAt: 1_735_787_045_678,
  groups: {},
  revision: 0,
  ...given,
});

/** Contract of every implementation of `FirmwareVersions`. */
export const firmwareVersionsContract = (open: () => Promise<FirmwareVersions>): void => {
  describe("firmware versions", () => {
    it("are found and listed by product, the highest first", async () => {
      const versions = await open();
      for (const number of [2, 10, 1]) await versions.add(version({ version: number }));
      await versions.add(version({ product: 10_000_000, version: 3 }));
      expect(await versions.find(100_000_001, 10)).toEqual(version({ version: 10 }));
      expect(await versions.find(100_000_001, 3)).toBeUndefined();
      const listed = await versions.list(100_000_001);
      expect(listed.map((each) => each.version)).toEqual([10, 2, 1]);
      expect(await versions.list(1)).toEqual([]);
    });

    it("are added once", async () => {
      const versions = await open();
      await versions.add(version());
      await expect(versions.add(version({ title: "Other" }))).rejects.toMatchObject({
        code: "already_exists",
      });
      expect((await versions.find(100_000_001, 1))?.title).toBe("First");
    });

    it("are changed and deleted only as they were read", async () => {
      const versions = await open();
      await versions.add(version());
      const changed = await versions.replace(version({ title: "Second", defaultAt: 5 }));
      expect(changed).toEqual(version({ title: "Second", defaultAt: 5, revision: 1 }));
      expect(await versions.find(100_000_001, 1)).toEqual(changed);
      const conflict = { code: "conflict" };
      await expect(versions.replace(version())).rejects.toMatchObject(conflict);
      await expect(versions.remove(version())).rejects.toMatchObject(conflict);
      await versions.remove(changed);
      expect(await versions.find(100_000_001, 1)).toBeUndefined();
      await expect(versions.replace(changed)).rejects.toMatchObject(conflict);
    });
  });
};
