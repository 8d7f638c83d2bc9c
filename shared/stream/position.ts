import { hash } from "node:crypto";
import { cursorEventsMax, cursorWindowMs } from "./limits.ts";

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
export const writeCursor = ({ at, seen }: Cursor): string =>
  [at.toString(36), ...seen.map((one) => `${one.hash}${(one.at - at).toString(36)}`)].join(".");

/**
 * Decodes a cursor of `writeCursor`. Returns `undefined` for any other text, because clients send
 * it.
 */
export const readCursor = (text: string): Cursor | undefined => {
  const [first = "", ...rest] = text.split(".");
  if (!/^[0-9a-z]{1,9}$/.test(first) || rest.length > cursorEventsMax) return undefined;
  const at = Number.parseInt(first, 36);
  const seen = rest.flatMap((part): ShownEvent[] => {
    const [, hash, later] = shownPattern.exec(part) ?? [];
    if (hash === undefined || later === undefined) return [];
    return [{ hash, at: at + Number.parseInt(later, 36) }];
  });
  return seen.length === rest.length ? { at, seen } : undefined;
};

/** The position of a stream. */
export interface StreamPosition {
  /** The client was shown an event. */
  recordShown(shownEvent: ShownEvent): void;
  /** Every event that the cloud received before this time has been shown. */
  advanceTo(at: number): void;
  /** The cursor with which a client resumes here. */
  cursor(): Cursor;
}

/** Starts at a client's cursor. */
export const createPosition = ({ at, seen }: Cursor): StreamPosition => {
  let now = at;
  let shown = [...seen];
  return {
    recordShown(shownEvent) {
      shown.push(shownEvent);
      if (shown.length > cursorEventsMax) shown.shift();
    },
    advanceTo(later) {
      now = Math.max(now, later);
    },
    cursor() {
      shown = shown.filter((one) => one.at > now - cursorWindowMs);
      return { at: now, seen: [...shown] };
    },
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
    regionPosition() {
      const position = createPosition(start);
      const region = { at: start.at, isUnavailable: false };
      regions.push(region);
      return {
        cursor: position.cursor,
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
