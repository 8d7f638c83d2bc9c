import type { Cursor, Sighting } from "./cursor.ts";
import { openPlace, type Place } from "./place.ts";

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
