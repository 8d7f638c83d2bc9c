import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { zippedLines } from "./zippedLines.ts";

/** Objects of a bucket, each of which is zipped lines. */
export const zippedObjects = (s3: S3Client, bucket: string) => ({
  async put(Key: string, values: readonly unknown[]): Promise<void> {
    const Body = await zippedLines.write(values);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  },

  /** No lines when it is not there. */
  async get(Key: string): Promise<unknown[]> {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return await zippedLines.read((await Body?.transformToByteArray()) ?? new Uint8Array());
    } catch (error) {
      if (error instanceof NoSuchKey) return [];
      throw error;
    }
  },
});
