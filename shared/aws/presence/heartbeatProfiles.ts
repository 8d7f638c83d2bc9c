import * as z from "zod/mini";
import {
  type HeartbeatProfiles,
  heartbeatProfile as schema,
} from "../../presence/recovery/heartbeatProfile.ts";
import { profileShards } from "../../presence/recovery/limits.ts";
import type { Buckets } from "../call/buckets.ts";
import { gzippedObjects } from "../platform/objects.ts";

const roundKey = "rhythms/round";
const round = z.object({
  keys: z.array(z.string()),
  shard: z.int().check(z.nonnegative(), z.lt(profileShards)),
});

/**
 * Profiles in the bucket of records: `rhythms/<shard>`, gzipped, one line for each device; and
 * `rhythms/round`, one line or none.
 */
export const s3HeartbeatProfiles = (buckets: Buckets, bucket: string): HeartbeatProfiles => {
  const { get, put } = gzippedObjects(buckets, bucket);
  const key = (shard: number): string => `rhythms/${shard}`;
  return {
    async round() {
      const [line] = await get(roundKey);
      // An unreadable round starts again.
      return round.safeParse(line).data;
    },
    putRound: (next) => put(roundKey, next === undefined ? [] : [next]),
    async read(shard) {
      // An unreadable profile is built again.
      return (await get(key(shard))).flatMap((line) => schema.safeParse(line).data ?? []);
    },
    write: (shard, profiles) => put(key(shard), profiles),
  };
};
