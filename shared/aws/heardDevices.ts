import { randomUUID } from "node:crypto";
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { heard as schema } from "../device/heard.ts";
import type { HeardDevices } from "../ports.ts";
import { removeObjects } from "./removeObjects.ts";
import { zippedLines } from "./zippedLines.ts";

const prefix = "heard/";

/** Digits enough for any time in milliseconds, so that keys sort by time. */
const sortable = (ms: number): string => String(ms).padStart(15, "0");

/** Heard devices in the bucket of records: `heard/<milliseconds>-<uuid>`, a zipped line for each device. */
export const s3HeardDevices = (s3: S3Client, bucket: string): HeardDevices => ({
  async add(heard, now) {
    const Key = `${prefix}${sortable(now)}-${randomUUID()}`;
    const Body = await zippedLines.write(heard);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  },

  async list(max) {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: max }),
    );
    return Contents.flatMap(({ Key }) => Key ?? []);
  },

  async read(key) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const lines = await zippedLines.read((await Body?.transformToByteArray()) ?? new Uint8Array());
    return lines.map((line) => schema.parse(line));
  },

  remove: (keys) => removeObjects(s3, bucket, keys),
});
