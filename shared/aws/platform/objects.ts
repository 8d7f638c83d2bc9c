import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { parseJson } from "../../platform/parseJson.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Gzipped JSON lines, one value per line. */
export const gzippedLines = {
  write: (values: readonly unknown[]): Promise<Uint8Array> =>
    zip(values.map((value) => `${JSON.stringify(value)}\n`).join("")),

  /**
   * An invalid line is `undefined`. Fails if the data is not gzipped, or is larger than `bytesMax`
   * uncompressed.
   */
  async read(body: Uint8Array, bytesMax?: number): Promise<unknown[]> {
    const text = (await unzip(body, { maxOutputLength: bytesMax })).toString("utf8");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [parseJson(line)]));
  },
};

/** Objects of a bucket that contain gzipped JSON lines. */
export const gzippedObjects = (s3: S3Client, bucket: string) => ({
  async put(Key: string, values: readonly unknown[]): Promise<void> {
    const Body = await gzippedLines.write(values);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  },

  /** Returns no lines if the object does not exist. */
  async get(Key: string): Promise<unknown[]> {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return await gzippedLines.read((await Body?.transformToByteArray()) ?? new Uint8Array());
    } catch (error) {
      if (error instanceof NoSuchKey) return [];
      throw error;
    }
  },
});

/** Lists the first `max` object keys with a prefix, in key order; 1,000 at most. */
export const listKeys = async (
  s3: S3Client,
  bucket: string,
  { prefix, max }: { prefix: string; max: number },
): Promise<string[]> => {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: max }),
  );
  return Contents.flatMap(({ Key }) => Key ?? []);
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const keysMax = 1_000;

/**
 * Deletes objects from a bucket. Missing objects count as deleted. Fails unless all are deleted.
 */
export const deleteObjects = async (
  s3: S3Client,
  bucket: string,
  keys: readonly string[],
): Promise<void> => {
  for (let from = 0; from < keys.length; from += keysMax) {
    const Objects = keys.slice(from, from + keysMax).map((Key) => ({ Key }));
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = Errors;
    if (first) throw new Error(`${first.Key} was not removed: ${first.Code} ${first.Message}`);
  }
};
