import { hash } from "node:crypto";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { cursorEventsMax, cursorWindowMs } from "./limits.ts";
import { handoverEventsMax } from "./slot/limits.ts";

/**
 * A shown event: its hash (`eventHash`) and the time when the cloud received it, in milliseconds
 * since 1970.
 */
export interface ShownEvent {
  readonly hash: string;
  readonly at: number;
}

/**
 * A client's position in a stream: it has seen every event before `at` (milliseconds since 1970),
 * and the events in `seen`.
 */
export interface Cursor {
  readonly at: number;
  readonly seen: readonly ShownEvent[];
  /** The slot of the stream that sent this cursor (`writeSlot`). */
  readonly slot?: string | undefined;
}

const hashChars = 6;
const shownPattern = new RegExp(`^([\\w-]{${hashChars}})(-?[0-9a-z]{1,9})$`);

/**
 * A short hash that distinguishes an event from others at about the same time. Live events have no
 * id.
 */
export const eventHash = (topic: string, data: string): string =>
  hash("sha256", `${topic}\n${data}`, "base64url").slice(0, hashChars);

/** Encodes a cursor as the `id` of a server-sent event. */
export const writeCursor = ({ at, seen, slot }: Cursor): string => {
  const first = at.toString(36) + (slot === undefined ? "" : `~${slot}`);
  return [first, ...seen.map((one) => `${one.hash}${(one.at - at).toString(36)}`)].join(".");
};

/**
 * Decodes a cursor of `writeCursor`. Returns `undefined` for any other text, because clients send
 * it.
 */
export const readCursor = (text: string, eventsMax = cursorEventsMax): Cursor | undefined => {
  const [first = "", ...rest] = text.split(".");
  const [, time, slot] = /^([0-9a-z]{1,9})(?:~([\w-]{1,32}))?$/.exec(first) ?? [];
  if (time === undefined || rest.length > eventsMax) return undefined;
  const at = Number.parseInt(time, 36);
  const seen = rest.flatMap((part): ShownEvent[] => {
    const [, hash, later] = shownPattern.exec(part) ?? [];
    if (hash === undefined || later === undefined) return [];
    return [{ hash, at: at + Number.parseInt(later, 36) }];
  });
  return seen.length === rest.length ? { at, seen, ...omitUndefined({ slot }) } : undefined;
};

/** The position of a stream. */
export interface StreamPosition {
  /** The client was shown an event. */
  recordShown(shownEvent: ShownEvent): void;
  /** Every event that the cloud received before this time has been shown. */
  advanceTo(at: number): void;
  /** The cursor with which a client resumes here. It names the last `cursorEventsMax` events. */
  cursor(): Cursor;
  /** The same, with the last `handoverEventsMax` events. */
  fullCursor(): Cursor;
}

/** Starts at a client's cursor. */
export const createPosition = ({ at, seen }: Cursor): StreamPosition => {
  let now = at;
  const shown = [...seen];
  const isRecent = (one: ShownEvent): boolean => one.at > now - cursorWindowMs;
  return {
    recordShown(shownEvent) {
      shown.push(shownEvent);
      if (shown.length > handoverEventsMax) shown.shift();
    },
    advanceTo(later) {
      now = Math.max(now, later);
    },
    cursor: () => ({ at: now, seen: shown.slice(-cursorEventsMax).filter(isRecent) }),
    fullCursor: () => ({ at: now, seen: shown.filter(isRecent) }),
  };
};

/** The position of a stream within the events of one region. */
export interface RegionPosition extends StreamPosition {
  /**
   * The region is unavailable: the overall position advances without it until it advances again.
   */
  markUnavailable(): void;
}

/**
 * The position of a stream over several regions: the earliest of those of its available regions.
 */
export interface MultiRegionPosition {
  /** Adds a region, which starts at the same cursor. */
  regionPosition(): RegionPosition;
  cursor(): Cursor;
  fullCursor(): Cursor;
}

/** Starts at a client's cursor. The position never moves back. */
export const createMultiRegionPosition = (start: Cursor): MultiRegionPosition => {
  const overall = createPosition(start);
  const regions: { at: number; isUnavailable: boolean }[] = [];
  const advance = (): void => {
    const available = regions.filter(({ isUnavailable }) => !isUnavailable).map(({ at }) => at);
    if (available.length > 0) overall.advanceTo(Math.min(...available));
  };
  return {
    cursor: overall.cursor,
    fullCursor: overall.fullCursor,
    regionPosition() {
      const position = createPosition(start);
      const region = { at: start.at, isUnavailable: false };
      regions.push(region);
      return {
        cursor: position.cursor,
        fullCursor: position.fullCursor,
        recordShown(shownEvent: ShownEvent) {
          position.recordShown(shownEvent);
          overall.recordShown(shownEvent);
        },
        advanceTo(at) {
          position.advanceTo(at);
          region.at = Math.max(region.at, at);
          region.isUnavailable = false;
          advance();
        },
        markUnavailable() {
          region.isUnavailable = true;
          advance();
        },
      };
    },
  };
};
