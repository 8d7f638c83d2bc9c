import { randomUUID } from "node:crypto";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { deviceActivity as schema } from "../../device/deviceActivity.ts";
import type { DeviceActivityStore } from "../../presence/recovery/heartbeatProfile.ts";
import { listKeys } from "../platform/listKeys.ts";
import { removeObjects } from "../platform/removeObjects.ts";
import { sortable } from "../platform/sortable.ts";
import { zippedLines } from "../platform/zippedLines.ts";
import { zippedObjects } from "../platform/zippedObjects.ts";

const prefix = "heard/";

/** Heard devices in the bucket of records: `heard/<milliseconds>-<uuid>`, a zipped line for each device. */
export const s3DeviceActivity = (s3: S3Client, bucket: string): DeviceActivityStore => ({
  add: (activity, now) =>
    zippedObjects(s3, bucket).put(`${prefix}${sortable(now)}-${randomUUID()}`, activity),

  list: (max) => listKeys(s3, bucket, { prefix, max }),

  async read(key) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const lines = await zippedLines.read((await Body?.transformToByteArray()) ?? new Uint8Array());
    return lines.map((line) => schema.parse(line));
  },

  remove: (keys) => removeObjects(s3, bucket, keys),
});
