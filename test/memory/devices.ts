import type { Device } from "#shared/device/device.ts";
import { Failure } from "#shared/failure.ts";
import type { Devices } from "#shared/ports.ts";

const nameKey = ({ name, id }: Device): string => name?.toLowerCase() ?? id;

/** Devices in memory. */
export const memoryDevices = (given: readonly Device[] = []): Devices => {
  const devices = new Map(given.map((device) => [device.id, device]));
  const ofFleet = (wanted: string) =>
    [...devices.values()]
      .filter(({ fleet }) => fleet === wanted)
      .sort((a, b) => (nameKey(a) < nameKey(b) ? -1 : 1));
  return {
    find: async (id) => devices.get(id),
    findByName: async (fleet, name) =>
      ofFleet(fleet).find((device) => nameKey(device) === name.toLowerCase()),
    list: async (fleet, max) => ofFleet(fleet).slice(0, max),
    async add(device) {
      if (devices.has(device.id)) {
        throw new Failure("there is one already", { code: "already_exists" });
      }
      devices.set(device.id, device);
    },
    async replace(device, fleet) {
      if (devices.get(device.id)?.fleet !== fleet) {
        throw new Failure("it was moved", { code: "conflict" });
      }
      devices.set(device.id, device);
    },
  };
};
