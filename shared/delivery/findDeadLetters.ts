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
 * Returns one page of the dead letters that match a filter, newest first. Reads a bounded number of
 * rows, so a page may be empty and still have a `next`.
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
    // Reads at most as many as still fit: `next` continues after the last one read.
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

/**
 * A dead letter: the id of its delivery, and its time, in milliseconds since 1970, if it is known.
 */
export interface WantedDeadLetter {
  readonly id: string;
  readonly failedAt?: number | undefined;
}

/**
 * Returns the newest dead letter of a delivery. Without its time, the newest `planItemsMax` are
 * searched, for at most `planMsMax`. Fails with `not_found`.
 */
export const findDeadLetter = async (
  integration: string,
  { id, failedAt }: WantedDeadLetter,
  { deadLetters, now }: { deadLetters: Pick<DeadLetters, "list"> } & Clock,
): Promise<DeadLetter> => {
  const deadline = now() + planMsMax;
  const range = failedAt === undefined ? {} : { from: failedAt, before: failedAt + 1 };
  let after: string | undefined;
  for (let read = 0; read < planItemsMax && now() < deadline; read += jobPageMax) {
    const page = await deadLetters.list(integration, { ...range, limit: jobPageMax, after });
    const found = page.deadLetters.find(({ delivery }) => delivery.id === id);
    if (found !== undefined) return found;
    after = page.next;
    if (after === undefined) throw new Failure("Dead letter not found", { code: "not_found" });
  }
  const searched = planItemsMax.toLocaleString("en-US");
  throw new Failure(
    `Not among the newest ${searched} dead letters: repeat the request with failed_at, as the list of dead letters has it`,
    { code: "not_found" },
  );
};

/**
 * Removes the dead letters that match a filter, for at most `planMsMax`. Malformed ones stay.
 * Idempotent, so a failed request can be repeated.
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

/** Number and size of the deliveries of a job. Times are in milliseconds since 1970. */
export interface DeliveryCount {
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly atLeast: boolean;
  /** Total size of the counted deliveries in the queue. */
  readonly bytes: number;
  readonly oldest?: number;
  readonly newest?: number;
}

/** Counts the dead letters that match a filter, up to `planItemsMax` or for `planMsMax`. */
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
    // A malformed dead letter may match or not. The replay counts it as failed.
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

/** Returns the time range of a filter as a query. */
export const timeRange = ({ from, to }: DeadLetterFilter) => ({ from, before: to });
