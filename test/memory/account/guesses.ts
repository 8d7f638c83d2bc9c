import type { Guesses } from "#shared/account/verify/knownPlaces.ts";
import {
  guessesWindowSeconds,
  knownPlaceDays,
  knownPlacesMax,
} from "#shared/account/verify/limits.ts";

/** Guesses in memory. */
export const memoryGuesses = (): Guesses => {
  const rows = new Map<string, { guesses: number; expiresAt: number; openAt: number }>();
  const places = new Map<string, { place: string; until: number }[]>();
  return {
    isKnown: async (subject, place, now) =>
      (places.get(subject) ?? []).some((one) => one.place === place && one.until > now),
    async remember(subject, place, now) {
      const others = (places.get(subject) ?? []).filter((one) => one.place !== place);
      const first = { place, until: now + knownPlaceDays * 86_400_000 };
      places.set(subject, [first, ...others].slice(0, knownPlacesMax));
    },
    async take(subject, nowMs, { max, slowSeconds }) {
      const now = Math.floor(nowMs / 1_000);
      const end = now + guessesWindowSeconds;
      const row = rows.get(subject);
      if (row === undefined || row.expiresAt <= now) {
        rows.set(subject, { guesses: 1, expiresAt: end, openAt: 0 });
        return 0;
      }
      if (row.guesses < max) {
        row.guesses += 1;
        return 0;
      }
      if (row.openAt > now) return row.openAt - now;
      row.guesses += 1;
      row.openAt = now + slowSeconds;
      row.expiresAt = end;
      return 0;
    },
    async giveBack(subject) {
      const row = rows.get(subject);
      if (row !== undefined && row.guesses > 0) row.guesses -= 1;
    },
    async clear(subject) {
      rows.delete(subject);
    },
  };
};
