import { createHash } from "node:crypto";
import { cursorEventsMax, cursorWindowMs } from "./limits.ts";

/** That an event was shown: what tells it from others, and when the cloud had it. */
export interface Sighting {
  readonly hash: string;
  readonly at: number;
}

/**
 * A client's place in a stream: it has seen every event that its stream had before `at` (milliseconds since
 * 1970), and those that are named.
 */
export interface Cursor {
  readonly at: number;
  readonly seen: readonly Sighting[];
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
  const seen = rest.flatMap((part): Sighting[] => {
    const [, hash, later] = hashed.exec(part) ?? [];
    if (hash === undefined || later === undefined) return [];
    return [{ hash, at: at + Number.parseInt(later, 36) }];
  });
  return seen.length === rest.length ? { at, seen } : undefined;
};

/** Where a stream is: what its client has to say to go on from here. */
export interface Place {
  /** The client has been shown an event. */
  showed(sighting: Sighting): void;
  /** All that the cloud had before this time has been shown. */
  reached(at: number): void;
  cursor(): Cursor;
}

/** Begins where a client was, or at a time before which nothing counts. */
export const openPlace = ({ at, seen }: Cursor): Place => {
  let now = at;
  let shown = [...seen];
  return {
    showed(sighting) {
      shown.push(sighting);
      if (shown.length > cursorEventsMax) shown.shift();
    },
    reached(later) {
      now = Math.max(now, later);
    },
    cursor() {
      shown = shown.filter((one) => one.at > now - cursorWindowMs);
      return { at: now, seen: [...shown] };
    },
  };
};

/** Where a stream is with the events of one region. */
export interface Part extends Place {
  /** The region is not heard, and the stream goes on without it until it moves again. */
  away(): void;
}

/** Where a stream over several regions is: no further than with any region that it hears. */
export interface Places {
  /** A further region, from the beginning on. */
  part(): Part;
  cursor(): Cursor;
}

/** Begins where a client was, or at a time before which nothing counts. It never goes back. */
export const openPlaces = (start: Cursor): Places => {
  const whole = openPlace(start);
  const parts: { at: number; isAway: boolean }[] = [];
  const move = (): void => {
    const heard = parts.filter(({ isAway }) => !isAway).map(({ at }) => at);
    if (heard.length > 0) whole.reached(Math.min(...heard));
  };
  return {
    cursor: whole.cursor,
    part() {
      const place = openPlace(start);
      const part = { at: start.at, isAway: false };
      parts.push(part);
      return {
        cursor: place.cursor,
        showed(sighting: Sighting) {
          place.showed(sighting);
          whole.showed(sighting);
        },
        reached(at) {
          place.reached(at);
          part.at = Math.max(part.at, at);
          part.isAway = false;
          move();
        },
        away() {
          part.isAway = true;
          move();
        },
      };
    },
  };
};
