import type { S3Client } from "@aws-sdk/client-s3";
import * as z from "zod/mini";
import { rhythmShards } from "../../presence/recovery/limits.ts";
import { rhythm as schema } from "../../presence/recovery/rhythm.ts";
import type { Rhythms } from "../../presence/recovery/rhythms.ts";
import { zippedObjects } from "../platform/zippedObjects.ts";

const roundKey = "rhythms/round";
const round = z.object({
  keys: z.array(z.string()),
  shard: z.int().check(z.nonnegative(), z.lt(rhythmShards)),
});

/** Rhythms in the bucket of records: `rhythms/<shard>`, a zipped line for each device; and `rhythms/round`, a line or none. */
export const s3Rhythms = (s3: S3Client, bucket: string): Rhythms => {
  const { get, put } = zippedObjects(s3, bucket);
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
    write: (shard, rhythms) => put(key(shard), rhythms),
  };
};
