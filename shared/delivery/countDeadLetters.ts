import type { DeadLetters } from "./deadLetter.ts";
import { type DeadLetterFilter, isMeant } from "./deadLetterFilter.ts";
import { jobPageMax, planItemsMax, planMsMax } from "./limits.ts";

/** What a job would deliver. Times are in milliseconds since 1970. */
export interface Counted {
  readonly count: number;
  /** There are more than were counted. */
  readonly atLeast: boolean;
  /** Of all that were counted, as they travel. */
  readonly bytes: number;
  readonly oldest?: number;
  readonly newest?: number;
}

/** Counts the dead letters that a filter means: `planItemsMax` of them, for `planMsMax`. */
export const countDeadLetters = async (
  integration: string,
  filter: DeadLetterFilter,
  { deadLetters, now }: { deadLetters: Pick<DeadLetters, "list">; now: () => number },
): Promise<Counted> => {
  const deadline = now() + planMsMax;
  let after: string | undefined;
  let counted: Counted = { count: 0, atLeast: false, bytes: 0 };
  do {
    const {
      deadLetters: page,
      unreadable = 0,
      next,
    } = await deadLetters.list(integration, {
      ...span(filter),
      limit: jobPageMax,
      after,
    });
    // Whether one that cannot be read is meant, nobody can tell: the replay counts it as failed.
    counted = { ...counted, count: counted.count + unreadable };
    for (const letter of page) {
      if (!isMeant(filter, letter)) continue;
      const { count, bytes, newest = letter.buriedAt } = counted;
      counted = {
        count: count + 1,
        atLeast: false,
        bytes: bytes + JSON.stringify(letter.delivery).length,
        newest,
        oldest: letter.buriedAt,
      };
    }
    after = next;
    if (after !== undefined && (counted.count >= planItemsMax || now() >= deadline)) {
      return { ...counted, atLeast: true };
    }
  } while (after !== undefined);
  return counted;
};

/** A filter's times, as dead letters are asked for. */
export const span = ({ from, to }: DeadLetterFilter) => ({ from, before: to });
