import type { Broker } from "#shared/event/ports.ts";
import type { LiveEvents, LiveMessage } from "#shared/stream/ports.ts";

export interface MemoryBroker extends Broker, LiveEvents {
  /** All that was published, in the order it came. */
  readonly published: LiveMessage[];
  /** Ends every subscription, as a broker does that goes away. */
  goAway(error?: Error): void;
}

/** An MQTT broker in memory: it delivers messages to subscribers. */
export const memoryBroker = (now: () => number = Date.now): MemoryBroker => {
  const published: LiveMessage[] = [];
  const listeners = new Set<{
    filters: readonly string[];
    on: Parameters<LiveEvents["subscribe"]>[1];
  }>();
  return {
    published,
    async publish(topic, payload) {
      published.push({ topic, payload });
      for (const { filters, on } of listeners) {
        const isWanted = (filter: string): boolean =>
          filter.endsWith("#") ? topic.startsWith(filter.slice(0, -1)) : topic === filter;
        if (filters.some(isWanted)) on.message({ topic, payload });
      }
    },
    async subscribe(filters, on) {
      const listener = { filters, on };
      listeners.add(listener);
      return {
        ping: () => on.pong?.(now()),
        async close() {
          listeners.delete(listener);
        },
      };
    },
    goAway(error) {
      for (const { on } of listeners) on.end(error);
      listeners.clear();
    },
  };
};
