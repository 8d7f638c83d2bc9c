import { createCapacity } from "./capacity.ts";
import { firstOf } from "./firstOf.ts";
import type { Outbox, OutboxEvent, OutboxLimits } from "./outbox.ts";

/** An outbox in memory: what is in it when the process or the power goes is lost. */
export const memoryOutbox = (limits: OutboxLimits = {}): Outbox => {
  const capacity = createCapacity(limits);
  const kept = new Map<string, OutboxEvent>();
  return {
    async open() {},
    async add(event) {
      capacity.reserve(event);
      kept.set(event.id, event);
    },
    async remove(ids) {
      for (const id of ids) {
        const event = kept.get(id);
        if (event === undefined) continue;
        kept.delete(id);
        capacity.release(event);
      }
    },
    first: (count) => firstOf(kept.values(), count),
    get size() {
      return kept.size;
    },
    async close() {},
  };
};
