import type { Rhythm } from "#shared/device/rhythm.ts";
import type { Rhythms } from "#shared/ports.ts";

/** Rhythms in memory. */
export const memoryRhythms = (): Rhythms & { readonly all: () => Rhythm[] } => {
  const shards = new Map<number, readonly Rhythm[]>();
  return {
    all: () => [...shards.values()].flat(),
    read: async (shard) => [...(shards.get(shard) ?? [])],
    async write(shard, rhythms) {
      shards.set(shard, [...rhythms]);
    },
  };
};
