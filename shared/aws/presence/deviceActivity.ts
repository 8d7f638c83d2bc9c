import { randomUUID } from "node:crypto";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { DeviceActivityStore } from "../../device/deviceActivity.ts";
import { deviceActivity as schema } from "../../device/deviceActivity.ts";
import { deleteObjects, gzippedLines, gzippedObjects, listKeys } from "../platform/objects.ts";
import { sortableTime } from "../platform/rows.ts";

const prefix = "heard/";

/**
 * Device activity in the bucket of records: `heard/<milliseconds>-<uuid>`, gzipped, one line for
 * each device.
 */
export const s3DeviceActivity = (s3: S3Client, bucket: string): DeviceActivityStore => ({
  add: (activity, now) =>
    gzippedObjects(s3, bucket).put(`${prefix}${sortableTime(now)}-${randomUUID()}`, activity),

  list: (max) => listKeys(s3, bucket, { prefix, max }),

  async read(key) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const lines = await gzippedLines.read((await Body?.transformToByteArray()) ?? new Uint8Array());
    return lines.map((line) => schema.parse(line));
  },

  remove: (keys) => deleteObjects(s3, bucket, keys),
});
