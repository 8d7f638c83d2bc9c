import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { EventQueue } from "#shared/event/ports.ts";

export interface MemoryEventQueue extends EventQueue {
  readonly queued: ReceivedEvent[];
}

/** A queue of events in memory. It refuses events for which `refuses` returns `true`. */
export const memoryEventQueue = (
  refuses: (event: ReceivedEvent) => boolean = () => false,
): MemoryEventQueue => {
  const queued: ReceivedEvent[] = [];
  return {
    queued,
    async send(events) {
      const refused = new Map(
        events.flatMap((event, i) => (refuses(event) ? [[i, new Error("refused")]] : [])),
      );
      queued.push(...events.filter((_, i) => !refused.has(i)));
      return refused;
    },
  };
};
