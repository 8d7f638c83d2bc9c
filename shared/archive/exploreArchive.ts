import * as z from "zod/mini";
import type { ArchiveSetting } from "../event/archiveSetting.ts";
import { type DeviceEvent, eventText } from "../event/deviceEvent.ts";
import { readCursor, writeCursor } from "../input/cursor.ts";
import { Failure } from "../platform/failure.ts";
import {
  exploreCharsMax,
  exploreLookMs,
  explorePageMax,
  exploreReadsMax,
  exploreTimeMs,
} from "./limits.ts";
import { type ArchiveReader, type ArchiveSpan, readableSpan } from "./readArchive.ts";

/** Which archived events to list, as a client asks. Times in milliseconds since 1970. */
export interface ArchiveQuery {
  /** Inclusive. Default: an hour ago. */
  readonly since?: number | undefined;
  /** Exclusive. Default: now. */
  readonly until?: number | undefined;
  /** The beginning of the name. */
  readonly prefix?: string | undefined;
  /** The id of a device. */
  readonly device?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

interface Deps {
  readonly reader: ArchiveReader;
  readonly now: () => number;
}

/** The time span, which further pages keep, and the position in it. */
const position = z.tuple([z.number(), z.number(), z.string()]);

/**
 * Lists archived events of a fleet, oldest first. A page reads a bounded part of the archive: it
 * may have fewer events than `limit`, even none, and still a cursor. Fails with `invalid_request`
 * for an empty time span and for a cursor of another list.
 */
export const exploreArchive = async (
  fleet: string,
  { limit, cursor, ...filters }: ArchiveQuery,
  { setting, reader, now }: Deps & { setting: ArchiveSetting },
): Promise<{ readonly events: readonly DeviceEvent[]; readonly cursor?: string }> => {
  const startedAt = now();
  const [from, to, first] =
    cursor === undefined
      ? [...spanOf(filters, startedAt), undefined]
      : readCursor(filters, cursor, position);
  const span = readableSpan({ from, to }, setting, startedAt);
  const matches = (event: DeviceEvent): boolean =>
    event.name.startsWith(filters.prefix ?? "") &&
    (filters.device === undefined || event.device === filters.device);
  const events: DeviceEvent[] = [];
  let after: string | undefined = first;
  let chars = 0;
  for (let reads = 0; reads < exploreReadsMax; reads += 1) {
    const wanted = Math.min(explorePageMax, limit - events.length);
    const page = await reader.page(fleet, span, { limit: wanted, after, matches });
    events.push(...page.events);
    for (const event of page.events) chars += eventText(event).length;
    after = page.next;
    if (after === undefined) return { events };
    if (events.length >= limit || chars >= exploreCharsMax) break;
    if (now() - startedAt >= exploreTimeMs) break;
  }
  return { events, cursor: writeCursor(filters, [from, to, after]) };
};

const spanOf = ({ since, until }: Pick<ArchiveQuery, "since" | "until">, now: number) => {
  const span: ArchiveSpan = { from: since ?? (until ?? now) - exploreLookMs, to: until ?? now };
  if (span.from < span.to) return [span.from, span.to] as const;
  throw new Failure("since: must be before until", { code: "invalid_request" });
};
