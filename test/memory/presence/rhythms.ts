import type { Rhythm } from "#shared/presence/recovery/rhythm.ts";
import type { RhythmRound, Rhythms } from "#shared/presence/recovery/rhythms.ts";

/** Rhythms in memory. */
export const memoryRhythms = (): Rhythms & { readonly all: () => Rhythm[] } => {
  const shards = new Map<number, readonly Rhythm[]>();
  let known: RhythmRound | undefined;
  return {
    round: async () => known,
    async putRound(round) {
      known = round;
    },
    all: () => [...shards.values()].flat(),
    read: async (shard) => [...(shards.get(shard) ?? [])],
    async write(shard, rhythms) {
      shards.set(shard, [...rhythms]);
    },
  };
};
