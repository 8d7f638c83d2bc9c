import type { Device, Devices } from "#shared/device/device.ts";
import { Failure } from "#shared/platform/failure.ts";

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
    async page({ limit, after = "" }) {
      const rest = [...devices.values()]
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = rest.slice(0, limit);
      return { devices: page, ...(rest.length > limit && { next: page.at(-1)?.id }) };
    },
    async add(device) {
      if (devices.has(device.id)) {
        throw new Failure("there is one already", { code: "already_exists" });
      }
      devices.set(device.id, device);
    },
    async replace(device, { fleet, revision }) {
      const stored = devices.get(device.id);
      if (stored?.fleet !== fleet || stored.revision !== revision) {
        throw new Failure("it was changed", { code: "conflict" });
      }
      const after = { ...device, revision: (revision ?? 0) + 1 };
      devices.set(device.id, after);
      return after;
    },
  };
};
