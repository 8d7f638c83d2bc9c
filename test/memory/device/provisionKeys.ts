import type { ProvisionKey, ProvisionKeys } from "#shared/device/provision/provisionOnce.ts";

/** Idempotency keys in memory. */
export const memoryProvisionKeys = (): ProvisionKeys => {
  const rows = new Map<string, ProvisionKey>();
  const name = ({ fleet, key }: Pick<ProvisionKey, "fleet" | "key">) => `${fleet} ${key}`;
  const isSame = (a: ProvisionKey | undefined, b: ProvisionKey | undefined): boolean =>
    a?.device === b?.device && a?.since === b?.since;
  return {
    find: async (fleet, key) => rows.get(name({ fleet, key })),
    async put(key, instead) {
      if (!isSame(rows.get(name(key)), instead)) return false;
      rows.set(name(key), key);
      return true;
    },
    async remove(key) {
      if (isSame(rows.get(name(key)), key)) rows.delete(name(key));
    },
  };
};
