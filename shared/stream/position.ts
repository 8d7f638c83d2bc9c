import { createHash } from "node:crypto";
import { cursorEventsMax, cursorWindowMs } from "./limits.ts";

/** That an event was shown: what tells it from others, and when the cloud had it. */
export interface ShownEvent {
  readonly hash: string;
  readonly at: number;
}

/**
 * A client's place in a stream: it has seen every event that its stream had before `at` (milliseconds since
 * 1970), and those that are named.
 */
export interface Cursor {
  readonly at: number;
  readonly seen: readonly ShownEvent[];
}

const hashChars = 6;
const hashed = new RegExp(`^([\\w-]{${hashChars}})(-?[0-9a-z]{1,9})$`);

/** What tells an event from those around it. Live events have no id. */
export const eventHash = (topic: string, data: string): string =>
  createHash("sha256").update(`${topic}\n${data}`).digest("base64url").slice(0, hashChars);

/** A cursor as a server-sent event's `id`. */
export const writeCursor = ({ at, seen }: Cursor): string =>
  [at.toString(36), ...seen.map((one) => `${one.hash}${(one.at - at).toString(36)}`)].join(".");

/** Reads what `writeCursor` wrote. `undefined` for anything else: it comes from a client. */
export const readCursor = (text: string): Cursor | undefined => {
  const [first = "", ...rest] = text.split(".");
  if (!/^[0-9a-z]{1,9}$/.test(first) || rest.length > cursorEventsMax) return undefined;
  const at = Number.parseInt(first, 36);
  const seen = rest.flatMap((regionPosition): ShownEvent[] => {
    const [, hash, later] = hashed.exec(regionPosition) ?? [];
    if (hash === undefined || later === undefined) return [];
    return [{ hash, at: at + Number.parseInt(later, 36) }];
  });
  return seen.length === rest.length ? { at, seen } : undefined;
};

/** Where a stream is: what its client has to say to go on from here. */
export interface StreamPosition {
  /** The client has been shown an event. */
  recordShown(shownEvent: ShownEvent): void;
  /** All that the cloud had before this time has been shown. */
  advanceTo(at: number): void;
  cursor(): Cursor;
}

/** Begins where a client was, or at a time before which nothing counts. */
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

/** Where a stream is with the events of one region. */
export interface RegionPosition extends StreamPosition {
  /** The region is not heard, and the stream goes on without it until it moves again. */
  markUnavailable(): void;
}

/** Where a stream over several regions is: no further than with any region that it hears. */
export interface MultiRegionPosition {
  /** A further region, from the beginning on. */
  regionPosition(): RegionPosition;
  cursor(): Cursor;
}

/** Begins where a client was, or at a time before which nothing counts. It never goes back. */
export const createMultiRegionPosition = (start: Cursor): MultiRegionPosition => {
  const whole = createPosition(start);
  const parts: { at: number; isUnavailable: boolean }[] = [];
  const move = (): void => {
    const heard = parts.filter(({ isUnavailable }) => !isUnavailable).map(({ at }) => at);
    if (heard.length > 0) whole.advanceTo(Math.min(...heard));
  };
  return {
    cursor: whole.cursor,
    regionPosition() {
      const position = createPosition(start);
      const regionPosition = { at: start.at, isUnavailable: false };
      parts.push(regionPosition);
      return {
        cursor: position.cursor,
        recordShown(shownEvent: ShownEvent) {
          position.recordShown(shownEvent);
          whole.recordShown(shownEvent);
        },
        advanceTo(at) {
          position.advanceTo(at);
          regionPosition.at = Math.max(regionPosition.at, at);
          regionPosition.isUnavailable = false;
          move();
        },
        markUnavailable() {
          regionPosition.isUnavailable = true;
          move();
        },
      };
    },
  };
};
