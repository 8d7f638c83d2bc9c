import { randomUUID } from "node:crypto";
import type { DeviceActivityStore } from "../../device/deviceActivity.ts";
import { deviceActivity as schema } from "../../device/deviceActivity.ts";
import type { Buckets } from "../call/buckets.ts";
import { deleteObjects, gzippedLines, gzippedObjects, listKeys } from "../platform/objects.ts";
import { sortableTime } from "../platform/rows.ts";

const prefix = "heard/";

/**
 * Device activity in the bucket of records: `heard/<milliseconds>-<uuid>`, gzipped, one line for
 * each device.
 */
export const s3DeviceActivity = (buckets: Buckets, bucket: string): DeviceActivityStore => ({
  add: (activity, now) =>
    gzippedObjects(buckets, bucket).put(`${prefix}${sortableTime(now)}-${randomUUID()}`, activity),

  list: (max) => listKeys(buckets, bucket, { prefix, max }),

  async read(key) {
    const lines = await gzippedLines.read(await buckets.get({ bucket, key }));
    return lines.map((line) => schema.parse(line));
  },

  remove: (keys) => deleteObjects(buckets, bucket, keys),
});
