import { createCapacity, takeFirst } from "./capacity.ts";
import type { Outbox, OutboxEvent, OutboxLimits } from "./outbox.ts";

/** An outbox in memory. A restart or power loss discards its events. */
export const memoryOutbox = (limits: OutboxLimits = {}): Outbox => {
  const capacity = createCapacity(limits);
  const events = new Map<string, OutboxEvent>();
  return {
    async open() {},
    async add(event) {
      capacity.reserve(event);
      events.set(event.id, event);
    },
    async remove(ids) {
      for (const id of ids) {
        const event = events.get(id);
        if (event === undefined) continue;
        events.delete(id);
        capacity.release(event);
      }
    },
    first: (count) => takeFirst(events.values(), count),
    get size() {
      return events.size;
    },
    async close() {},
  };
};
