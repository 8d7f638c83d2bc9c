import type { S3Client } from "@aws-sdk/client-s3";
import * as z from "zod/mini";
import {
  type HeartbeatProfiles,
  heartbeatProfile as schema,
} from "../../presence/recovery/heartbeatProfile.ts";
import { profileShards } from "../../presence/recovery/limits.ts";
import { gzippedObjects } from "../platform/objects.ts";

const roundKey = "rhythms/round";
const round = z.object({
  keys: z.array(z.string()),
  shard: z.int().check(z.nonnegative(), z.lt(profileShards)),
});

/** Rhythms in the bucket of records: `rhythms/<shard>`, a zipped line for each device; and `rhythms/round`, a line or none. */
export const s3HeartbeatProfiles = (s3: S3Client, bucket: string): HeartbeatProfiles => {
  const { get, put } = gzippedObjects(s3, bucket);
  const key = (shard: number): string => `rhythms/${shard}`;
  return {
    async round() {
      const [line] = await get(roundKey);
      // What cannot be read begins anew.
      return round.safeParse(line).data;
    },
    putRound: (next) => put(roundKey, next === undefined ? [] : [next]),
    async read(shard) {
      // What cannot be read is learned again.
      return (await get(key(shard))).flatMap((line) => schema.safeParse(line).data ?? []);
    },
    write: (shard, profiles) => put(key(shard), profiles),
  };
};
