import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import {
  accountRateLimit,
  addressKey,
  addressRateLimit,
  type RateLimit,
  type RateLimiter,
} from "./rateLimit.ts";

/** One attempt: its subject, for example `user#ada`, and the source address. */
interface Attempt {
  readonly subject: string;
  readonly address: string;
}

/** An attempt that is counters only per subject, with a rate limit of its own. */
interface LimitedAttempt {
  readonly subject: string;
  readonly limit: RateLimit;
}

export interface ThrottleDeps {
  rateLimiter: RateLimiter;
  now: () => number;
  /** Called when an attempt could not be counters. */
  warn: (why: Error) => void;
}

/**
 * Checks a secret unless there were too many attempts: then it fails with `too_many_requests`.
 * - An attempt is counters before it is checked, so concurrent attempts cannot exceed the limit.
 * - `check` returns `undefined` if the secret is wrong. A successful attempt resets the count of
 *   its subject and is removed from the count of its address.
 * - Attempts from an address with an earlier success of the same subject have a count of their own.
 *   Failed attempts of other users at that address, or at this account from other addresses, do not
 *   block them.
 * - While the counters cannot be reached, attempts are not limited, so an outage of the table
 *   blocks no log-in.
 */
export const throttleAttempts = async <Right>(
  attempt: Attempt | LimitedAttempt,
  check: () => Promise<Right | undefined>,
  deps: ThrottleDeps,
): Promise<Right | undefined> => {
  if ("limit" in attempt) return throttleSubject(attempt, check, deps);
  const { subject, address } = attempt;
  const source = addressKey(address);
  const counters = createCounters(deps);
  const isKnownAddress = await counters.isKnownAddress(subject, source);
  // A separate prefix: a username may contain `@` and an address.
  const atAddress = `known#${subject}@${source}`;
  const counts = isKnownAddress
    ? [{ name: atAddress, limit: accountRateLimit }]
    : [
        { name: source, limit: addressRateLimit },
        { name: subject, limit: accountRateLimit },
      ];
  const own = isKnownAddress ? atAddress : subject;
  await acquireAll(counts, counters);
  const release = async () => {
    for (const { name } of counts.toReversed()) await counters.release(name);
  };
  const right = await checkOrRelease(check, release);
  if (right !== undefined) {
    await counters.reset(own);
    if (!isKnownAddress) {
      await counters.release(source);
      await counters.addKnownAddress(subject, source);
    }
  }
  return right;
};

const throttleSubject = async <Right>(
  { subject, limit }: LimitedAttempt,
  check: () => Promise<Right | undefined>,
  deps: ThrottleDeps,
): Promise<Right | undefined> => {
  const counters = createCounters(deps);
  await counters.acquire(subject, limit);
  const right = await checkOrRelease(check, async () => {
    await counters.release(subject);
  });
  if (right !== undefined) await counters.reset(subject);
  return right;
};

/** Counts the attempt in all counters or in none. */
const acquireAll = async (
  counts: readonly { name: string; limit: RateLimit }[],
  counters: ReturnType<typeof createCounters>,
): Promise<void> => {
  const acquired: string[] = [];
  try {
    for (const { name, limit } of counts) {
      await counters.acquire(name, limit);
      acquired.push(name);
    }
  } catch (error) {
    for (const name of acquired) await counters.release(name);
    throw error;
  }
};

/** A check that fails with an error is not counters: it revealed nothing about the secret. */
const checkOrRelease = async <Right>(
  check: () => Promise<Right>,
  release: () => Promise<void>,
): Promise<Right> => {
  try {
    return await check();
  } catch (error) {
    await release();
    throw error;
  }
};

const createCounters = ({ rateLimiter, now, warn }: ThrottleDeps) => {
  const orWarn = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await ask();
    } catch (error) {
      warn(asError(error));
      return undefined;
    }
  };
  return {
    async acquire(subject: string, limit: RateLimit): Promise<void> {
      const waitSeconds = await orWarn(() => rateLimiter.acquire(subject, now(), limit));
      if (waitSeconds === undefined || waitSeconds === 0) return;
      throw new Failure(`Too many attempts. Try again in ${waitSeconds} s.`, {
        code: "too_many_requests",
        retryAfterSeconds: waitSeconds,
      });
    },
    isKnownAddress: async (subject: string, source: string): Promise<boolean> =>
      (await orWarn(() => rateLimiter.isKnownAddress(subject, source, now()))) ?? false,
    addKnownAddress: (subject: string, source: string) =>
      orWarn(() => rateLimiter.addKnownAddress(subject, source, now())),
    release: (subject: string) => orWarn(() => rateLimiter.release(subject)),
    reset: (subject: string) => orWarn(() => rateLimiter.reset(subject)),
  };
};
