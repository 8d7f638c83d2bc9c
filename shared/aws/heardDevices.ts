import { randomUUID } from "node:crypto";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { heard as schema } from "../device/heard.ts";
import type { HeardDevices } from "../ports.ts";
import { listKeys } from "./listKeys.ts";
import { removeObjects } from "./removeObjects.ts";
import { sortable } from "./sortable.ts";
import { zippedLines } from "./zippedLines.ts";

const prefix = "heard/";

/** Heard devices in the bucket of records: `heard/<milliseconds>-<uuid>`, a zipped line for each device. */
export const s3HeardDevices = (s3: S3Client, bucket: string): HeardDevices => ({
  async add(heard, now) {
    const Key = `${prefix}${sortable(now)}-${randomUUID()}`;
    const Body = await zippedLines.write(heard);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  },

  list: (max) => listKeys(s3, bucket, { prefix, max }),

  async read(key) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const lines = await zippedLines.read((await Body?.transformToByteArray()) ?? new Uint8Array());
    return lines.map((line) => schema.parse(line));
  },

  remove: (keys) => removeObjects(s3, bucket, keys),
});
