import { isDeepStrictEqual } from "node:util";
import type { ArchiveQueue, ArchiveSettings, ArchiveStore } from "#shared/archive/ports.ts";
import type { ArchiveEntry, ArchiveSetting } from "#shared/event/archiveSetting.ts";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";

const hourMs = 3_600_000;

/** An archive in memory. */
export const memoryArchive = (): ArchiveStore & {
  readonly objects: Map<string, ReceivedEvent[]>;
} => {
  const objects = new Map<string, ReceivedEvent[]>();
  const key = (fleet: string, ms: number) => `${fleet}/${String(ms).padStart(15, "0")}`;
  return {
    objects,
    async write({ fleet, events }) {
      const name = `${key(fleet, events[0]!.receivedAt)}-${objects.size}.gz`;
      objects.set(name, [...events]);
    },
    async list(fleet, { from, after, max }) {
      const start = after ?? key(fleet, Math.floor(from / hourMs) * hourMs);
      const found = [...objects.keys()]
        .filter((one) => one.startsWith(`${fleet}/`) && one > start)
        .sort();
      return { keys: found.slice(0, max), more: found.length > max };
    },
    read: async (name) => ({ events: objects.get(name) ?? [], malformed: 0 }),
  };
};

/** The archive's queue in memory. It refuses all events while `state.down`. */
export const memoryArchiveQueue = (): ArchiveQueue & {
  readonly queued: ArchiveEntry[];
  readonly state: { down: boolean };
} => {
  const queued: ArchiveEntry[] = [];
  const state = { down: false };
  return {
    queued,
    state,
    async send(events) {
      if (state.down) return new Map(events.map((_, i) => [i, new Error("down")]));
      queued.push(...events);
      return new Map();
    },
  };
};

/** Archive settings in memory. */
export const memoryArchiveSettings = (
  rows: Map<string, ArchiveSetting> = new Map(),
): ArchiveSettings => ({
  find: async (fleet) => rows.get(fleet),
  put: async (fleet, setting) => void rows.set(fleet, setting),
  async replace(fleet, setting, before) {
    if (!isDeepStrictEqual(rows.get(fleet), before)) return false;
    rows.set(fleet, setting);
    return true;
  },
});
