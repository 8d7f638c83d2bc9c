import type { Sighting } from "../cursor.ts";
import { liveSlackMs } from "../limits.ts";

/** Events that were shown and are not yet known to be kept ones. */
export interface Sightings {
  add(sighting: Sighting): void;
  /** Whether a kept event is one of them: each stands for one event, the nearest in time. */
  take(kept: Sighting): boolean;
}

/** A kept event has the broker's time and a sighting the stream's: at most `liveSlackMs` apart. */
export const openSightings = (given: readonly Sighting[]): Sightings => {
  const times = new Map<string, number[]>();
  const add = ({ hash, at }: Sighting): void => {
    times.set(hash, [...(times.get(hash) ?? []), at]);
  };
  for (const one of given) add(one);
  return {
    add,
    take({ hash, at }) {
      const all = times.get(hash) ?? [];
      const [nearest] = all.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at));
      if (nearest === undefined || Math.abs(nearest - at) > liveSlackMs) return false;
      all.splice(all.indexOf(nearest), 1);
      return true;
    },
  };
};
