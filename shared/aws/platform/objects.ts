import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { parseJson } from "../../platform/parseJson.ts";
import type { Buckets } from "../call/buckets.ts";
import { isServiceError } from "../call/call.ts";

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
export const gzippedObjects = (buckets: Buckets, bucket: string) => ({
  async put(key: string, values: readonly unknown[]): Promise<void> {
    await buckets.put({ bucket, key, body: await gzippedLines.write(values) });
  },

  /** Returns no lines if the object does not exist. */
  async get(key: string): Promise<unknown[]> {
    try {
      return await gzippedLines.read(await buckets.get({ bucket, key }));
    } catch (error) {
      if (isServiceError(error, "NoSuchKey")) return [];
      throw error;
    }
  },
});

/** Lists the first `max` object keys with a prefix, in key order; 1,000 at most. */
export const listKeys = async (
  buckets: Buckets,
  bucket: string,
  { prefix, max }: { prefix: string; max: number },
): Promise<string[]> => (await buckets.list({ bucket, prefix, max })).keys;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const keysMax = 1_000;

/**
 * Deletes objects from a bucket. Missing objects count as deleted. Fails unless all are deleted.
 */
export const deleteObjects = async (
  buckets: Buckets,
  bucket: string,
  keys: readonly string[],
): Promise<void> => {
  for (let from = 0; from < keys.length; from += keysMax) {
    await buckets.deleteAll(bucket, keys.slice(from, from + keysMax));
  }
};
