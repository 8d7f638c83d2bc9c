import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type ReceivedEvent, receivedEvent } from "../event/deviceEvent.ts";
import { archiveDayClasses, archiveDaysMax, archiveObjectBytesMax } from "../limits.ts";
import { parseJson } from "../parseJson.ts";
import type { ArchiveStore } from "../ports.ts";
import { patience } from "./clients.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Digits enough for any time in milliseconds, so that keys sort by time. */
const sortable = (ms: number): string => String(Math.max(0, Math.floor(ms))).padStart(15, "0");

const prefixOf = (fleet: string): string => `events/${fleet}/`;

/** `events/<fleet>/<yyyy>/<mm>/<dd>/<hh>/<milliseconds>`: keys sort as their times do. */
const placeOf = (fleet: string, ms: number): string => {
  const hour = new Date(ms).toISOString().slice(0, 13).replace(/[-T]/g, "/");
  return `${prefixOf(fleet)}${hour}/${sortable(ms)}`;
};

const hourMs = 3_600_000;

/** Objects of an hour begin anywhere in it, and one that begins before a time may hold later events. */
const startOf = (fleet: string, from: number): string =>
  placeOf(fleet, Math.floor(Math.max(0, from) / hourMs) * hourMs);

const classOf = (days: number): number =>
  archiveDayClasses.find((one) => days <= one) ?? archiveDaysMax;

/** The archive in a bucket of this region: lines of JSON, compressed. */
export const s3Archive = (bucket: string): ArchiveStore => {
  // One machine's S3 knows buckets by path only; real S3 still answers both.
  const s3 = new S3Client({ ...patience, forcePathStyle: true });
  return {
    async write({ fleet, days, events }) {
      const [first] = events;
      if (first === undefined) return;
      const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: `${placeOf(fleet, first.receivedAt)}-${randomUUID()}.gz`,
          Body: await zip(text),
          ContentType: "application/gzip",
          // The bucket's lifecycle removes it by this.
          Tagging: `days=${classOf(days)}`,
        }),
      );
    },

    async list(fleet, { from, after, max }) {
      const { Contents = [], IsTruncated } = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefixOf(fleet),
          StartAfter: after ?? startOf(fleet, from),
          MaxKeys: max,
        }),
      );
      return { keys: Contents.flatMap(({ Key }) => Key ?? []), more: IsTruncated ?? false };
    },

    async read(key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      const text = await unzip(bytes, { maxOutputLength: archiveObjectBytesMax });
      const lines = text
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "");
      const events = lines.flatMap((line): ReceivedEvent[] => {
        const parsed = receivedEvent.safeParse(parseJson(line));
        return parsed.success ? [parsed.data] : [];
      });
      return { events, unreadable: lines.length - events.length };
    },
  };
};
