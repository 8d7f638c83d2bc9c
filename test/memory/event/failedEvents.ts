import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { FailedEvents } from "#shared/event/ports.ts";

export interface MemoryFailedEvents extends FailedEvents {
  /** Objects by key; `undefined` is a malformed one. */
  readonly objects: Map<string, ReceivedEvent | undefined>;
  readonly aside: string[];
}

/** Failed events in memory. */
export const memoryFailedEvents = (): MemoryFailedEvents => {
  const objects = new Map<string, ReceivedEvent | undefined>();
  const aside: string[] = [];
  return {
    objects,
    aside,
    list: async (max) => [...objects.keys()].sort().slice(0, max),
    read: async (key) => objects.get(key),
    async remove(keys) {
      for (const key of keys) objects.delete(key);
    },
    async setAside(key) {
      aside.push(key);
      objects.delete(key);
    },
  };
};
