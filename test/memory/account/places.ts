import { placesMax } from "#shared/account/caller/limits.ts";
import type { Place, Places } from "#shared/account/caller/places.ts";

/** Places of users in memory. */
export const memoryPlaces = (): Places => {
  const taken = new Map<string, Place>();
  return {
    async take(kind, user, { now, until }) {
      for (let number = 0; number < placesMax[kind]; number += 1) {
        const key = `${kind}/${user}/${number}`;
        if ((taken.get(key)?.until ?? 0) > now) continue;
        const place = { kind, user, number, until };
        taken.set(key, place);
        return place;
      }
      return undefined;
    },
    async isFull(kind, user, now) {
      const until = (number: number) => taken.get(`${kind}/${user}/${number}`)?.until ?? 0;
      return Array.from({ length: placesMax[kind] }, (_, i) => i).every((i) => until(i) > now);
    },
    async giveBack({ kind, user, number, until }) {
      const key = `${kind}/${user}/${number}`;
      if (taken.get(key)?.until === until) taken.delete(key);
    },
  };
};
