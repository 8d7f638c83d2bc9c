import type { Device } from "#shared/device/device.ts";
import { devicesPerFleetListedMax } from "#shared/limits.ts";
import type { Devices } from "#shared/ports.ts";

/** Devices in memory. */
export const memoryDevices = (given: readonly Device[] = []): Devices => {
  const devices = [...given];
  return {
    list: async (wanted) =>
      devices
        .filter(({ fleet }) => fleet === wanted)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, devicesPerFleetListedMax),
    async add(device) {
      if (devices.some(({ id, fleet }) => id === device.id && fleet === device.fleet)) {
        throw new Error("there is one already");
      }
      devices.push(device);
    },
  };
};
