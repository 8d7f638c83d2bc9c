import type { ArchiveSetting } from "../event/archiveSetting.ts";
import { acceptEvent, type DeviceEvent } from "../event/deviceEvent.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { archiveKnownIdsMax, archiveListMax } from "./limits.ts";
import type { ArchivedObject, ArchiveStore } from "./ports.ts";

/** Which events are read: from a time on and before another, in milliseconds since 1970. */
export interface ArchiveSpan {
  readonly from: number;
  readonly to: number;
}

export interface ArchivePage {
  readonly events: readonly DeviceEvent[];
  /** Lines that cannot be read. */
  readonly malformed: number;
  /** Where the next page begins; `undefined` at the end. */
  readonly next: string | undefined;
}

/** Reads the archive of a fleet, the oldest events first. */
export interface ArchiveReader {
  /** Up to `limit` events that are wanted. May have fewer before the end: an object at most is read for a page. */
  page(
    fleet: string,
    span: ArchiveSpan,
    how: { limit: number; after?: string | undefined; matches: (event: DeviceEvent) => boolean },
  ): Promise<ArchivePage>;
}

const dayMs = 86_400_000;

/** What of a span can still be read: objects are removed some time after their days are over. */
export const readableSpan = (
  { from, to }: ArchiveSpan,
  { days }: ArchiveSetting,
  now: number,
): ArchiveSpan => ({ from: Math.max(from, now - days * dayMs), to: Math.min(to, now) });

/**
 * A reader that gives each event once, of the last `archiveKnownIdsMax` that it gave; one of its own for each work. It keeps the object
 * that it is in: a page may be a small part of one.
 */
export const readArchive = ({
  archive,
}: {
  archive: Pick<ArchiveStore, "list" | "read">;
}): ArchiveReader => {
  const known = new BoundedMap<string, true>(archiveKnownIdsMax);
  let kept: { key: string; object: Promise<ArchivedObject> } | undefined;
  let listed: { fleet: string; keys: readonly string[]; more: boolean } | undefined;

  const isNew = ({ id }: DeviceEvent): boolean => {
    if (known.has(id)) return false;
    known.set(id, true);
    return true;
  };

  const objectOf = (key: string): Promise<ArchivedObject> => {
    if (kept?.key !== key) kept = { key, object: archive.read(key) };
    return kept.object;
  };

  /** The key after another one; `undefined` at the end. */
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

/** The last object that is done, and how many lines of the next one are. */
const readCursor = (cursor: string | undefined): { after: string | undefined; line: number } => {
  const [line = "", after = ""] = (cursor ?? "").split(/:(.*)/s);
  return { after: after === "" ? undefined : after, line: Number.parseInt(line, 10) || 0 };
};

const writeCursor = (after: string, line: number): string => `${line}:${after}`;
