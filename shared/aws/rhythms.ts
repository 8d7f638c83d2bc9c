import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { rhythm as schema } from "../device/rhythm.ts";
import type { Rhythms } from "../ports.ts";
import { zippedLines } from "./zippedLines.ts";

/** Rhythms in the bucket of records: `rhythms/<shard>`, a zipped line for each device. */
export const s3Rhythms = (s3: S3Client, bucket: string): Rhythms => {
  const key = (shard: number): string => `rhythms/${shard}`;
  return {
    async read(shard) {
      try {
        const get = new GetObjectCommand({ Bucket: bucket, Key: key(shard) });
        const { Body } = await s3.send(get);
        const body = (await Body?.transformToByteArray()) ?? new Uint8Array();
        // What cannot be read is learned again.
        return (await zippedLines.read(body)).flatMap((line) => schema.safeParse(line).data ?? []);
      } catch (error) {
        if (error instanceof NoSuchKey) return [];
        throw error;
      }
    },
    async write(shard, rhythms) {
      const Body = await zippedLines.write(rhythms);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key(shard), Body }));
    },
  };
};
