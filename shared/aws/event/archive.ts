import { randomUUID } from "node:crypto";
import { archiveDayClasses, archiveObjectBytesMax } from "../../archive/limits.ts";
import type { ArchiveStore } from "../../archive/ports.ts";
import { type ReceivedEvent, receivedEvent } from "../../event/deviceEvent.ts";
import { archiveDaysMax } from "../../event/limits.ts";
import { hourMs } from "../../platform/durations.ts";
import { openBuckets } from "../platform/clients.ts";
import { gzippedLines } from "../platform/objects.ts";
import { sortableTime } from "../platform/rows.ts";

const prefixOf = (fleet: string): string => `events/${fleet}/`;

/** `events/<fleet>/<yyyy>/<mm>/<dd>/<hh>/<milliseconds>`: keys sort by time. */
const keyAt = (fleet: string, ms: number): string => {
  const hour = new Date(ms).toISOString().slice(0, 13).replace(/[-T]/g, "/");
  return `${prefixOf(fleet)}${hour}/${sortableTime(Math.max(0, Math.floor(ms)))}`;
};

/**
 * The start of the hour of a time: an object that begins earlier in this hour may contain later
 * events.
 */
const startOf = (fleet: string, from: number): string =>
  keyAt(fleet, Math.floor(Math.max(0, from) / hourMs) * hourMs);

const retentionClass = (days: number): number =>
  archiveDayClasses.find((one) => days <= one) ?? archiveDaysMax;

/** The archive in an S3 bucket of this region: objects of gzipped JSON lines. */
export const s3Archive = (bucket: string): ArchiveStore => {
  const buckets = openBuckets();
  return {
    async write({ fleet, days, events }) {
      const [first] = events;
      if (first === undefined) return;
      await buckets.put({
        bucket,
        key: `${keyAt(fleet, first.receivedAt)}-${randomUUID()}.gz`,
        body: await gzippedLines.write(events),
        type: "application/gzip",
        // A lifecycle rule of the bucket expires the object by this tag.
        tags: `days=${retentionClass(days)}`,
      });
    },

    async list(fleet, { from, after, max }) {
      const { keys, isTruncated } = await buckets.list({
        bucket,
        prefix: prefixOf(fleet),
        after: after ?? startOf(fleet, from),
        max,
      });
      return { keys, more: isTruncated };
    },

    async read(key) {
      const bytes = await buckets.get({ bucket, key });
      const lines = await gzippedLines.read(bytes, archiveObjectBytesMax);
      const events = lines.flatMap((line): ReceivedEvent[] => {
        const parsed = receivedEvent.safeParse(line);
        return parsed.success ? [parsed.data] : [];
      });
      return { events, malformed: lines.length - events.length };
    },
  };
};
