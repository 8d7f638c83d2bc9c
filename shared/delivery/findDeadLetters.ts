import { Failure } from "../platform/failure.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterPage,
  type DeadLetters,
  deadLetterKeyOf,
  matchesFilter,
} from "./deadLetter.ts";
import { deadLetterQueriesMax, jobPageMax, planItemsMax, planMsMax } from "./limits.ts";

type Clock = { readonly now: () => number };

/**
 * One page of the dead letters that a filter means, newest first. It looks at a bounded number of them: a page may be empty
 * and have a `next`.
 */
export const findDeadLetters = async (
  integration: string,
  { filter, limit, after }: { filter: DeadLetterFilter; limit: number; after?: string | undefined },
  { deadLetters }: { deadLetters: Pick<DeadLetters, "list"> },
): Promise<DeadLetterPage> => {
  const found: DeadLetter[] = [];
  let unreadable = 0;
  let next = after;
  for (let queries = 0; queries < deadLetterQueriesMax; queries += 1) {
    // No more than there is room for: the place to go on from is behind the last one that was read.
    const query = { ...timeRange(filter), limit: limit - found.length, after: next };
    const page = await deadLetters.list(integration, query);
    found.push(...page.deadLetters.filter((letter) => matchesFilter(filter, letter)));
    unreadable += page.unreadable ?? 0;
    next = page.next;
    if (next === undefined || found.length >= limit) break;
  }
  return {
    deadLetters: found,
    ...(unreadable > 0 && { unreadable }),
    ...omitUndefined({ next }),
  };
};

/** The dead letter of a delivery, the newest when there are several. Fails with `not_found`. */
export const findDeadLetter = async (
  integration: string,
  id: string,
  { deadLetters, now }: { deadLetters: Pick<DeadLetters, "list"> } & Clock,
): Promise<DeadLetter> => {
  const deadline = now() + planMsMax;
  let after: string | undefined;
  for (let read = 0; read < planItemsMax && now() < deadline; read += jobPageMax) {
    const page = await deadLetters.list(integration, { limit: jobPageMax, after });
    const found = page.deadLetters.find(({ delivery }) => delivery.id === id);
    if (found !== undefined) return found;
    after = page.next;
    if (after === undefined) break;
  }
  throw new Failure("Dead letter not found", { code: "not_found" });
};

/**
 * Removes the dead letters that a filter means, for a bounded time; those that cannot be read stay. Removing what is gone
 * already changes nothing, so a request that failed can be sent again.
 */
export const removeDeadLetters = async (
  integration: string,
  filter: DeadLetterFilter,
  { deadLetters, now }: { deadLetters: Pick<DeadLetters, "list" | "remove"> } & Clock,
): Promise<{ removed: number; more: boolean }> => {
  const deadline = now() + planMsMax;
  let after: string | undefined;
  let removed = 0;
  do {
    const page = await deadLetters.list(integration, {
      ...timeRange(filter),
      limit: jobPageMax,
      after,
    });
    const matching = page.deadLetters.filter((letter) => matchesFilter(filter, letter));
    await deadLetters.remove(integration, matching.map(deadLetterKeyOf));
    removed += matching.length;
    after = page.next;
  } while (after !== undefined && now() < deadline);
  return { removed, more: after !== undefined };
};

/** What a job would deliver. Times are in milliseconds since 1970. */
export interface DeliveryCount {
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
): Promise<DeliveryCount> => {
  const deadline = now() + planMsMax;
  let after: string | undefined;
  let counted: DeliveryCount = { count: 0, atLeast: false, bytes: 0 };
  do {
    const {
      deadLetters: page,
      unreadable = 0,
      next,
    } = await deadLetters.list(integration, {
      ...timeRange(filter),
      limit: jobPageMax,
      after,
    });
    // Whether one that cannot be read is meant, nobody can tell: the replay counts it as failed.
    counted = { ...counted, count: counted.count + unreadable };
    for (const letter of page) {
      if (!matchesFilter(filter, letter)) continue;
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
export const timeRange = ({ from, to }: DeadLetterFilter) => ({ from, before: to });
