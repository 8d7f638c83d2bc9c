import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import * as z from "zod/mini";
import { rhythm as schema } from "../device/rhythm.ts";
import { rhythmShards } from "../limits.ts";
import type { Rhythms } from "../ports.ts";
import { zippedLines } from "./zippedLines.ts";

const roundKey = "rhythms/round";
const round = z.object({
  keys: z.array(z.string()),
  shard: z.int().check(z.nonnegative(), z.lt(rhythmShards)),
});

/** Rhythms in the bucket of records: `rhythms/<shard>`, a zipped line for each device; and `rhythms/round`, a line or none. */
export const s3Rhythms = (s3: S3Client, bucket: string): Rhythms => {
  const read = async (Key: string): Promise<unknown[]> => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return await zippedLines.read((await Body?.transformToByteArray()) ?? new Uint8Array());
    } catch (error) {
      if (error instanceof NoSuchKey) return [];
      throw error;
    }
  };
  const write = async (Key: string, lines: readonly unknown[]): Promise<void> => {
    const Body = await zippedLines.write(lines);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  };
  const key = (shard: number): string => `rhythms/${shard}`;
  return {
    async round() {
      const [line] = await read(roundKey);
      // What cannot be read begins anew.
      return round.safeParse(line).data;
    },
    putRound: (next) => write(roundKey, next === undefined ? [] : [next]),
    async read(shard) {
      // What cannot be read is learned again.
      return (await read(key(shard))).flatMap((line) => schema.safeParse(line).data ?? []);
    },
    write: (shard, rhythms) => write(key(shard), rhythms),
  };
};
