import { describe, expect, it } from "vitest";
import type { ProvisionKey, ProvisionKeys } from "#shared/device/provision/provisionOnce.ts";

const key = (since: number, more: Partial<ProvisionKey> = {}): ProvisionKey => ({
  fleet: "f1",
  key: "k/1#é".normalize("NFC"),
  digest: "d",
  device: "a".repeat(24),
  since,
  ...more,
});

/** The contract of every `ProvisionKeys`. */
export const provisionKeysContract = (open: () => Promise<ProvisionKeys>): void => {
  describe("idempotency keys", () => {
    it("are reserved once in each fleet", async () => {
      const keys = await open();
      expect(await keys.find("f1", key(1).key)).toBeUndefined();
      expect(await keys.put(key(1))).toBe(true);
      expect(await keys.put(key(2))).toBe(false);
      expect(await keys.put(key(2, { fleet: "f2" }))).toBe(true);
      expect(await keys.find("f1", key(1).key)).toEqual(key(1));
    });

    it("are replaced if they have not changed since the read, and removed by the request that reserved them", async () => {
      const keys = await open();
      await keys.put(key(1));
      expect(await keys.put(key(3), key(2))).toBe(false);
      expect(await keys.put(key(3), key(1))).toBe(true);
      await keys.remove(key(1));
      expect(await keys.find("f1", key(1).key)).toEqual(key(3));
      await keys.remove(key(3));
      expect(await keys.find("f1", key(1).key)).toBeUndefined();
    });
  });
};
