import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import type { RateLimit, RateLimiter } from "../verify/rateLimit.ts";
import { failedChangeIntervalSeconds, failedChangesActorsMax, failedChangesMax } from "./limits.ts";

const rateLimit: RateLimit = {
  max: failedChangesMax,
  intervalSeconds: failedChangeIntervalSeconds,
};

/** Who changes something in which fleet. */
interface Actor {
  readonly fleet: string;
  readonly username: string;
}

/** The failed changes of each actor in a fleet. */
export interface FailedChanges {
  /** Fails with `too_many_requests` while the actor is limited: then nothing is recorded. */
  require(actor: Actor): void;
  /** Counts a failed change. Never fails: while the counts do not respond, nothing is limited. */
  count(actor: Actor): Promise<void>;
}

interface Deps {
  readonly rateLimiter: Pick<RateLimiter, "acquire">;
  readonly now: () => number;
  readonly warn: (why: Error) => void;
}

/**
 * Limits the failed changes of an actor, because each is an entry in the audit log of the fleet,
 * and a flood of them would hide the entries of others. A successful change costs nothing. All
 * workers share the count; each learns by a failed change that an actor is limited, and then
 * refuses their changes for `failedChangeIntervalSeconds`.
 */
export const createFailedChanges = ({ rateLimiter, now, warn }: Deps): FailedChanges => {
  const limitedUntil = new Map<string, number>();
  const keyOf = ({ fleet, username }: Actor): string => `changes#${fleet}#${username}`;
  return {
    require(actor) {
      const until = limitedUntil.get(keyOf(actor)) ?? 0;
      if (until <= now()) return;
      const seconds = Math.ceil((until - now()) / 1_000);
      throw new Failure(`Too many of your changes failed. Try again in ${seconds} s.`, {
        code: "too_many_requests",
        retryAfterSeconds: seconds,
      });
    },

    async count(actor) {
      try {
        const seconds = await rateLimiter.acquire(keyOf(actor), now(), rateLimit);
        if (seconds === 0) return;
        if (limitedUntil.size >= failedChangesActorsMax) limitedUntil.clear();
        limitedUntil.set(keyOf(actor), now() + failedChangeIntervalSeconds * 1_000);
      } catch (error) {
        warn(asError(error));
      }
    },
  };
};
