import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import { accountBound, addressBound, type GuessBound } from "./guessBound.ts";
import type { Guesses } from "./knownPlaces.ts";
import { slowedAddress } from "./slowedAddress.ts";

/** What is guessed, `user#ada`, and from which address. */
interface Guess {
  readonly subject: string;
  readonly address: string;
}

/** A guess that counts for its subject alone, wherever it comes from. */
interface BoundGuess {
  readonly subject: string;
  readonly bound: GuessBound;
}

export interface GuardDeps {
  guesses: Guesses;
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
export const guardGuess = async <Right>(
  guess: Guess | BoundGuess,
  check: () => Promise<Right | undefined>,
  deps: GuardDeps,
): Promise<Right | undefined> => {
  if ("bound" in guess) return guardSubject(guess, check, deps);
  const { subject, address } = guess;
  const place = slowedAddress(address);
  const counted = counting(deps);
  const isKnown = await counted.isKnown(subject, place);
  // With a prefix of its own: a user may be called like somebody else at an address.
  const atPlace = `known#${subject}@${place}`;
  const counts = isKnown
    ? [{ name: atPlace, bound: accountBound }]
    : [
        { name: place, bound: addressBound },
        { name: subject, bound: accountBound },
      ];
  const own = isKnown ? atPlace : subject;
  await takeAll(counts, counted);
  const giveBack = async () => {
    for (const { name } of counts.toReversed()) await counted.giveBack(name);
  };
  const right = await checkOrGiveBack(check, giveBack);
  if (right !== undefined) {
    await counted.clear(own);
    if (!isKnown) {
      await counted.giveBack(place);
      await counted.remember(subject, place);
    }
  }
  return right;
};

const guardSubject = async <Right>(
  { subject, bound }: BoundGuess,
  check: () => Promise<Right | undefined>,
  deps: GuardDeps,
): Promise<Right | undefined> => {
  const counted = counting(deps);
  await counted.take(subject, bound);
  const right = await checkOrGiveBack(check, async () => {
    await counted.giveBack(subject);
  });
  if (right !== undefined) await counted.clear(subject);
  return right;
};

/** Counts the guess in each, or in none. */
const takeAll = async (
  counts: readonly { name: string; bound: GuessBound }[],
  counted: ReturnType<typeof counting>,
): Promise<void> => {
  const taken: string[] = [];
  try {
    for (const { name, bound } of counts) {
      await counted.take(name, bound);
      taken.push(name);
    }
  } catch (error) {
    for (const name of taken) await counted.giveBack(name);
    throw error;
  }
};

/** A check that could not be made told nothing, and counts for nothing. */
const checkOrGiveBack = async <Right>(
  check: () => Promise<Right>,
  giveBack: () => Promise<void>,
): Promise<Right> => {
  try {
    return await check();
  } catch (error) {
    await giveBack();
    throw error;
  }
};

const counting = ({ guesses, now, warn }: GuardDeps) => {
  const orWarn = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await ask();
    } catch (error) {
      warn(asError(error));
      return undefined;
    }
  };
  return {
    async take(subject: string, bound: GuessBound): Promise<void> {
      const waitSeconds = await orWarn(() => guesses.take(subject, now(), bound));
      if (waitSeconds === undefined || waitSeconds === 0) return;
      throw new Failure(`Too many attempts. Try again in ${waitSeconds} s.`, {
        code: "too_many_requests",
        retryAfterSeconds: waitSeconds,
      });
    },
    isKnown: async (subject: string, place: string): Promise<boolean> =>
      (await orWarn(() => guesses.isKnown(subject, place, now()))) ?? false,
    remember: (subject: string, place: string) =>
      orWarn(() => guesses.remember(subject, place, now())),
    giveBack: (subject: string) => orWarn(() => guesses.giveBack(subject)),
    clear: (subject: string) => orWarn(() => guesses.clear(subject)),
  };
};
