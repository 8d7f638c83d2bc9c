import { guessesMax, guessesSlowSeconds, guessesWindowSeconds } from "#shared/limits.ts";
import type { Guesses } from "#shared/ports.ts";

/** Guesses in memory. */
export const memoryGuesses = (): Guesses => {
  const rows = new Map<string, { guesses: number; expiresAt: number; openAt: number }>();
  return {
    async take(subject, nowMs) {
      const now = Math.floor(nowMs / 1_000);
      const end = now + guessesWindowSeconds;
      const row = rows.get(subject);
      if (row === undefined || row.expiresAt <= now) {
        rows.set(subject, { guesses: 1, expiresAt: end, openAt: 0 });
        return 0;
      }
      if (row.guesses < guessesMax) {
        row.guesses += 1;
        return 0;
      }
      if (row.openAt > now) return row.openAt - now;
      row.guesses += 1;
      row.openAt = now + guessesSlowSeconds;
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
