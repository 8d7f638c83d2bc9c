import type {
  HeartbeatProfile,
  HeartbeatProfiles,
  ProfileRound,
} from "#shared/presence/recovery/heartbeatProfile.ts";

/** Heartbeat profiles in memory. */
export const memoryHeartbeatProfiles = (): HeartbeatProfiles & {
  readonly all: () => HeartbeatProfile[];
} => {
  const shards = new Map<number, readonly HeartbeatProfile[]>();
  let known: ProfileRound | undefined;
  return {
    round: async () => known,
    async putRound(round) {
      known = round;
    },
    all: () => [...shards.values()].flat(),
    read: async (shard) => [...(shards.get(shard) ?? [])],
    async write(shard, profiles) {
      shards.set(shard, [...profiles]);
    },
  };
};
