import {
  type Device,
  type Devices,
  type NamePosition,
  namePositionOf,
} from "#shared/device/device.ts";
import { Failure } from "#shared/platform/failure.ts";

const nameKey = (device: Device): string => namePositionOf(device).nameKey;

const compare = (a: NamePosition, b: NamePosition): number => {
  const [x, y] = [`${a.nameKey} ${a.id}`, `${b.nameKey} ${b.id}`];
  return x < y ? -1 : x > y ? 1 : 0;
};

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
    findMany: async (ids) => ids.flatMap((id) => devices.get(id) ?? []),
    list: async (fleet, max) => ofFleet(fleet).slice(0, max),
    async pageOfFleet(fleet, { limit, after, order }) {
      const sign = order === "asc" ? 1 : -1;
      const isAfter = (one: Device): boolean =>
        after === undefined || sign * compare(namePositionOf(one), after) > 0;
      const rest = ofFleet(fleet).toSorted(
        (a, b) => sign * compare(namePositionOf(a), namePositionOf(b)),
      );
      const left = rest.filter(isAfter);
      return { devices: left.slice(0, limit), hasMore: left.length > limit };
    },
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
