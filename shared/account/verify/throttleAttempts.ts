import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import {
  accountRateLimit,
  addressKey,
  addressRateLimit,
  type RateLimit,
  type RateLimiter,
} from "./rateLimit.ts";

/** What is guessed, `user#ada`, and from which address. */
interface Attempt {
  readonly subject: string;
  readonly address: string;
}

/** A guess that counts for its subject alone, wherever it comes from. */
interface LimitedAttempt {
  readonly subject: string;
  readonly limit: RateLimit;
}

export interface ThrottleDeps {
  rateLimiter: RateLimiter;
  now: () => number;
  /** Hears why guesses are not counted. */
  warn: (why: Error) => void;
}

/**
 * Lets a guess at a secret be checked, or fails with `too_many_requests`. It is counted before it is checked,
 * so that guesses that come together do not get past the count. `check` answers `undefined` when it was wrong. A
 * right one clears the count of what was guessed, and takes itself off the address's. Where the right one came from the same
 * address of late, a guess has a count of its own: neither the wrong guesses of others behind the address nor those at this account
 * from elsewhere are in its way. While the counts cannot be reached, everybody is let through: a table that is down locks
 * nobody out.
 */
export const throttleAttempts = async <Right>(
  guess: Attempt | LimitedAttempt,
  check: () => Promise<Right | undefined>,
  deps: ThrottleDeps,
): Promise<Right | undefined> => {
  if ("limit" in guess) return throttleSubject(guess, check, deps);
  const { subject, address } = guess;
  const place = addressKey(address);
  const counted = counting(deps);
  const isKnownAddress = await counted.isKnownAddress(subject, place);
  // With a prefix of its own: a user may be called like somebody else at an address.
  const atPlace = `known#${subject}@${place}`;
  const counts = isKnownAddress
    ? [{ name: atPlace, limit: accountRateLimit }]
    : [
        { name: place, limit: addressRateLimit },
        { name: subject, limit: accountRateLimit },
      ];
  const own = isKnownAddress ? atPlace : subject;
  await acquireAll(counts, counted);
  const release = async () => {
    for (const { name } of counts.toReversed()) await counted.release(name);
  };
  const right = await checkOrRelease(check, release);
  if (right !== undefined) {
    await counted.reset(own);
    if (!isKnownAddress) {
      await counted.release(place);
      await counted.addKnownAddress(subject, place);
    }
  }
  return right;
};

const throttleSubject = async <Right>(
  { subject, limit }: LimitedAttempt,
  check: () => Promise<Right | undefined>,
  deps: ThrottleDeps,
): Promise<Right | undefined> => {
  const counted = counting(deps);
  await counted.acquire(subject, limit);
  const right = await checkOrRelease(check, async () => {
    await counted.release(subject);
  });
  if (right !== undefined) await counted.reset(subject);
  return right;
};

/** Counts the guess in each, or in none. */
const acquireAll = async (
  counts: readonly { name: string; limit: RateLimit }[],
  counted: ReturnType<typeof counting>,
): Promise<void> => {
  const taken: string[] = [];
  try {
    for (const { name, limit } of counts) {
      await counted.acquire(name, limit);
      taken.push(name);
    }
  } catch (error) {
    for (const name of taken) await counted.release(name);
    throw error;
  }
};

/** A check that could not be made told nothing, and counts for nothing. */
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

const counting = ({ rateLimiter, now, warn }: ThrottleDeps) => {
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
    isKnownAddress: async (subject: string, place: string): Promise<boolean> =>
      (await orWarn(() => rateLimiter.isKnownAddress(subject, place, now()))) ?? false,
    addKnownAddress: (subject: string, place: string) =>
      orWarn(() => rateLimiter.addKnownAddress(subject, place, now())),
    release: (subject: string) => orWarn(() => rateLimiter.release(subject)),
    reset: (subject: string) => orWarn(() => rateLimiter.reset(subject)),
  };
};
