import type { Delivery, WaitingDeliveries } from "#shared/delivery/delivery.ts";

export interface MemoryWaitingDeliveries extends WaitingDeliveries {
  /** All waiting deliveries as text, by key. */
  readonly rows: Map<string, string>;
  /** The same, parsed. */
  kept(): Delivery[];
}

/** Waiting deliveries in memory, all in the first shard. */
export const memoryWaitingDeliveries = (): MemoryWaitingDeliveries => {
  const rows = new Map<string, string>();
  const timeOf = (key: string) => Number(key.split("#")[0]);
  return {
    rows,
    kept: () => [...rows.values()].map((body) => JSON.parse(body)),
    async keep(delivery) {
      const key = `${String(delivery.notBefore).padStart(15, "0")}#${delivery.id}`;
      rows.set(key, JSON.stringify(delivery));
    },
    async due(shard, { before, limit, after = "" }) {
      const found = [...rows]
        .filter(([key]) => shard === 0 && timeOf(key) < before && key > after)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const waiting = found.slice(0, limit).map(([key, body]) => ({ key, body }));
      const next = found.length > limit ? waiting.at(-1)?.key : undefined;
      return { waiting, ...(next !== undefined && { next }) };
    },
    async remove(_, keys) {
      for (const key of keys) rows.delete(key);
    },
  };
};
