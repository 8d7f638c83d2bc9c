import { streamsPerFleetMax } from "#shared/limits.ts";
import type { StreamPlace, StreamPlaces } from "#shared/ports.ts";

/** Places for streams in memory. */
export const memoryStreamPlaces = (): StreamPlaces => {
  const taken = new Map<string, StreamPlace>();
  return {
    async take(fleet, { now, until }) {
      for (let i = 0; i < streamsPerFleetMax; i += 1) {
        const key = `${fleet}/${i}`;
        if ((taken.get(key)?.until ?? 0) > now) continue;
        const place = { fleet, place: String(i), until };
        taken.set(key, place);
        return place;
      }
      return undefined;
    },
    async giveBack({ fleet, place, until }) {
      const key = `${fleet}/${place}`;
      if (taken.get(key)?.until === until) taken.delete(key);
    },
  };
};
