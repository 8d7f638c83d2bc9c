import type { ArchiveSetting } from "../event/archiveSetting.ts";
import { acceptEvent, type DeviceEvent } from "../event/deviceEvent.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { dayMs } from "../platform/durations.ts";
import { archiveKnownIdsMax, archiveListMax } from "./limits.ts";
import type { ArchivedObject, ArchiveStore } from "./ports.ts";

/** A time range: from `from` (inclusive) to `to` (exclusive), in milliseconds since 1970. */
export interface ArchiveSpan {
  readonly from: number;
  readonly to: number;
}

export interface ArchivePage {
  readonly events: readonly DeviceEvent[];
  /** The number of lines that cannot be parsed. */
  readonly malformed: number;
  /** The cursor of the next page; `undefined` at the end. */
  readonly next: string | undefined;
}

/** Reads the archive of a fleet, oldest events first. */
export interface ArchiveReader {
  /**
   * Returns up to `limit` matching events. A page reads at most one object, so it may have fewer
   * before the end.
   */
  page(
    fleet: string,
    span: ArchiveSpan,
    query: { limit: number; after?: string | undefined; matches: (event: DeviceEvent) => boolean },
  ): Promise<ArchivePage>;
}

/**
 * The part of a time range that is within the archive's retention. Objects are removed some time
 * after it ends.
 */
export const readableSpan = (
  { from, to }: ArchiveSpan,
  { days }: ArchiveSetting,
  now: number,
): ArchiveSpan => ({ from: Math.max(from, now - days * dayMs), to: Math.min(to, now) });

/**
 * Opens a reader that drops duplicates of the last `archiveKnownIdsMax` events it returned. Each
 * job uses its own reader. The reader caches the current object, because a page may be a small part
 * of it.
 */
export const readArchive = ({
  archive,
}: {
  archive: Pick<ArchiveStore, "list" | "read">;
}): ArchiveReader => {
  const known = new BoundedMap<string, true>(archiveKnownIdsMax);
  let cached: { key: string; object: Promise<ArchivedObject> } | undefined;
  let listed: { fleet: string; keys: readonly string[]; more: boolean } | undefined;

  const isNew = ({ id }: DeviceEvent): boolean => {
    if (known.has(id)) return false;
    known.set(id, true);
    return true;
  };

  const objectOf = (key: string): Promise<ArchivedObject> => {
    if (cached?.key !== key) cached = { key, object: archive.read(key) };
    return cached.object;
  };

  /** The key that follows `after`; `undefined` at the end. */
  const keyAfter = async (fleet: string, from: number, after: string | undefined) => {
    const next =
      listed?.fleet === fleet && after !== undefined ? listed.keys.indexOf(after) + 1 : 0;
    const known = next > 0 ? listed?.keys[next] : undefined;
    if (known !== undefined) return known;
    if (next > 0 && !listed?.more) return undefined;
    const page = await archive.list(fleet, { from, after, max: archiveListMax });
    listed = { fleet, ...page };
    return page.keys[0];
  };

  return {
    async page(fleet, { from, to }, { limit, after: cursor, matches }) {
      const { after, line } = readCursor(cursor);
      const key = await keyAfter(fleet, from, after);
      if (key === undefined || firstTime(key) >= to) {
        return { events: [], malformed: 0, next: undefined };
      }
      const { events: lines, malformed } = await objectOf(key);
      const events: DeviceEvent[] = [];
      let i = line;
      for (; i < lines.length && events.length < limit; i += 1) {
        const received = lines[i];
        if (received === undefined || received.receivedAt < from || received.receivedAt >= to)
          continue;
        const event = acceptEvent(received)?.event;
        if (event !== undefined && matches(event) && isNew(event)) events.push(event);
      }
      const isOver = i >= lines.length;
      const next = isOver ? writeCursor(key, 0) : writeCursor(after ?? "", i);
      return { events, malformed: isOver ? malformed : 0, next };
    },
  };
};

/** `…/<first time>-<uuid>.gz`. */
const firstTime = (key: string): number => Number(/(\d+)-[^/]+$/.exec(key)?.[1] ?? Number.NaN);

/**
 * The last object that was read completely, and the number of lines that were read of the next one.
 */
const readCursor = (cursor: string | undefined): { after: string | undefined; line: number } => {
  const [line = "", after = ""] = (cursor ?? "").split(/:(.*)/s);
  return { after: after === "" ? undefined : after, line: Number.parseInt(line, 10) || 0 };
};

const writeCursor = (after: string, line: number): string => `${line}:${after}`;
