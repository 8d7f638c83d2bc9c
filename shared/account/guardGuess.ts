import { asError } from "../asError.ts";
import { Failure } from "../failure.ts";
import type { Guesses } from "../ports.ts";
import { slowedAddress } from "./slowedAddress.ts";

/** What is guessed, `user#ada`, and from which address. */
interface Guess {
  readonly subject: string;
  readonly address: string;
}

export interface GuardNeeds {
  guesses: Guesses;
  now: () => number;
  /** Hears why guesses are not counted. */
  warn: (why: Error) => void;
}

/**
 * Lets a guess at a secret be checked, or fails with `too_many_requests`. It is counted before it is checked,
 * so that guesses that come together do not get past the count. `check` answers `undefined` when it was wrong. A
 * right one clears the count of what was guessed, and takes itself off the address's. While the counts cannot be
 * reached, everybody is let through: a table that is down locks nobody out.
 */
export const guardGuess = async <Right>(
  { subject, address }: Guess,
  check: () => Promise<Right | undefined>,
  needs: GuardNeeds,
): Promise<Right | undefined> => {
  const place = slowedAddress(address);
  const counted = counting(needs);
  await counted.take(place);
  try {
    await counted.take(subject);
  } catch (error) {
    await counted.giveBack(place);
    throw error;
  }
  const right = await checkOrGiveBack(check, async () => {
    await counted.giveBack(subject);
    await counted.giveBack(place);
  });
  if (right !== undefined) {
    await counted.clear(subject);
    await counted.giveBack(place);
  }
  return right;
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

const counting = ({ guesses, now, warn }: GuardNeeds) => {
  const orWarn = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await ask();
    } catch (error) {
      warn(asError(error));
      return undefined;
    }
  };
  return {
    async take(subject: string): Promise<void> {
      const waitSeconds = await orWarn(() => guesses.take(subject, now()));
      if (waitSeconds === undefined || waitSeconds === 0) return;
      throw new Failure(`Too many attempts. Try again in ${waitSeconds} s.`, {
        code: "too_many_requests",
        retryAfterSeconds: waitSeconds,
      });
    },
    giveBack: (subject: string) => orWarn(() => guesses.giveBack(subject)),
    clear: (subject: string) => orWarn(() => guesses.clear(subject)),
  };
};
