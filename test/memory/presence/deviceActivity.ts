import type { DeviceActivity, DeviceActivityStore } from "#shared/device/deviceActivity.ts";

/** Device activity in memory. */
export const memoryDeviceActivity = (): DeviceActivityStore => {
  const objects = new Map<string, readonly DeviceActivity[]>();
  let added = 0;
  return {
    async add(activity, now) {
      added += 1;
      objects.set(`heard/${String(now).padStart(15, "0")}-${added}`, [...activity]);
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
