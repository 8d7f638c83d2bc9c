import {
  attemptsWindowSeconds,
  knownAddressDays,
  knownAddressesMax,
} from "#shared/account/verify/limits.ts";
import type { RateLimiter } from "#shared/account/verify/rateLimit.ts";

/** Guesses in memory. */
export const memoryRateLimiter = (): RateLimiter => {
  const rows = new Map<string, { rateLimiter: number; expiresAt: number; openAt: number }>();
  const places = new Map<string, { place: string; until: number }[]>();
  return {
    isKnownAddress: async (subject, place, now) =>
      (places.get(subject) ?? []).some((one) => one.place === place && one.until > now),
    async addKnownAddress(subject, place, now) {
      const others = (places.get(subject) ?? []).filter((one) => one.place !== place);
      const first = { place, until: now + knownAddressDays * 86_400_000 };
      places.set(subject, [first, ...others].slice(0, knownAddressesMax));
    },
    async acquire(subject, nowMs, { max, intervalSeconds }) {
      const now = Math.floor(nowMs / 1_000);
      const end = now + attemptsWindowSeconds;
      const row = rows.get(subject);
      if (row === undefined || row.expiresAt <= now) {
        rows.set(subject, { rateLimiter: 1, expiresAt: end, openAt: 0 });
        return 0;
      }
      if (row.rateLimiter < max) {
        row.rateLimiter += 1;
        return 0;
      }
      if (row.openAt > now) return row.openAt - now;
      row.rateLimiter += 1;
      row.openAt = now + intervalSeconds;
      row.expiresAt = end;
      return 0;
    },
    async release(subject) {
      const row = rows.get(subject);
      if (row !== undefined && row.rateLimiter > 0) row.rateLimiter -= 1;
    },
    async reset(subject) {
      rows.delete(subject);
    },
  };
};
