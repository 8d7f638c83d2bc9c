import { createFailedChanges } from "#shared/account/caller/failedChanges.ts";
import { memoryRateLimiter } from "./rateLimiter.ts";

/** The failed changes of actors, counted in memory. */
export const memoryFailedChanges = (now: () => number) =>
  createFailedChanges({
    rateLimiter: memoryRateLimiter(),
    now,
    warn: (error) => {
      throw error;
    },
  });
