import type { Heard } from "#shared/device/heard.ts";
import type { HeardDevices } from "#shared/presence/recovery/rhythms.ts";

/** Heard devices in memory. */
export const memoryHeardDevices = (): HeardDevices => {
  const objects = new Map<string, readonly Heard[]>();
  let added = 0;
  return {
    async add(heard, now) {
      added += 1;
      objects.set(`heard/${String(now).padStart(15, "0")}-${added}`, [...heard]);
    },
    list: async (max) => [...objects.keys()].sort().slice(0, max),
    async read(key) {
      const found = objects.get(key);
      if (found === undefined) throw new Error(`${key} is not there`);
      return [...found];
    },
    async remove(keys) {
      for (const key of keys) objects.delete(key);
    },
  };
};
