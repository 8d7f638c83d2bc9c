import type { Cursor, Sighting } from "./cursor.ts";
import { cursorEventsMax, cursorWindowMs } from "./limits.ts";

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
