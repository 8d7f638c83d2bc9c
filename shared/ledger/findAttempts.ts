import * as z from "zod/mini";
import { readCursor, writeCursor } from "../input/cursor.ts";
import { attemptRowsAtOnce, attemptRowsExaminedMax } from "./limits.ts";
import type { Attempt, AttemptRow, Attempts } from "./record.ts";

/** Selects attempts of an integration. All given conditions must match. */
export interface AttemptFilter {
  readonly outcome?: "ok" | "failed" | undefined;
  /** Started from `since` (inclusive) to `until` (exclusive), in milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** The id of the device that published the event. */
  readonly device?: string | undefined;
  /** The id of the delivery. */
  readonly delivery?: string | undefined;
}

const key = z.string().check(z.maxLength(100));

/**
 * Where the next page begins: after a row, or in a row of which that many attempts have been
 * passed.
 */
const position = z.union([
  z.object({ after: key }),
  z.object({ from: key, passed: z.int().check(z.nonnegative()) }),
]);

type Position = z.output<typeof position>;

/**
 * A page of the attempts of an integration that match a filter. Rows are read newest first, and a
 * row has attempts of at most ten minutes; attempts of several workers in the same minutes can
 * alternate. Reads at most `attemptRowsExaminedMax` rows, so a page may be empty and still have a
 * cursor. Fails with `invalid_request` for a cursor of another list.
 */
export const findAttempts = async (
  integration: string,
  { filter, limit, cursor }: { filter: AttemptFilter; limit: number; cursor: string | undefined },
  { attempts }: { attempts: Pick<Attempts, "page"> },
): Promise<{ attempts: Attempt[]; cursor?: string }> => {
  const { since, until } = filter;
  const found = new Map<string, Attempt>();
  let next: Position | undefined =
    cursor === undefined ? undefined : readCursor(filter, cursor, position);
  let examined = 0;
  do {
    const begin: Partial<Record<"from" | "after", string>> & { passed?: number } = next ?? {};
    const { from, after, passed = 0 } = begin;
    const query = { since, until, from, after, limit: attemptRowsAtOnce };
    const page = await attempts.page(integration, query);
    next = page.next === undefined ? undefined : { after: page.next };
    examined += page.rows.length;
    for (const row of page.rows) {
      const skip = row.key === from ? passed : 0;
      const end = takeFrom(row, { skip, filter, limit, found });
      if (end < row.attempts.length) {
        next = { from: row.key, passed: end };
        break;
      }
    }
  } while (next !== undefined && found.size < limit && examined < attemptRowsExaminedMax);
  return {
    attempts: [...found.values()].sort((one, other) => other.at - one.at),
    ...(next && { cursor: writeCursor(filter, next) }),
  };
};

interface Taking {
  readonly skip: number;
  readonly filter: AttemptFilter;
  /** The number of attempts after which the page is full. */
  readonly limit: number;
  readonly found: Map<string, Attempt>;
}

/** Adds matching attempts of a row. Returns the number of attempts that were passed. */
const takeFrom = (row: AttemptRow, { skip, filter, limit, found }: Taking): number => {
  for (const [index, one] of row.attempts.entries()) {
    if (index < skip || !matchesAttempt(filter, one)) continue;
    if (found.size >= limit) return index;
    found.set(`${one.delivery}/${one.number}/${one.at}`, one);
  }
  return row.attempts.length;
};

const matchesAttempt = (
  { outcome, since = 0, until = Number.POSITIVE_INFINITY, device, delivery }: AttemptFilter,
  { ok, at, event, delivery: id }: Attempt,
): boolean =>
  (outcome === undefined || ok === (outcome === "ok")) &&
  at >= since &&
  at < until &&
  (device === undefined || event.device === device) &&
  (delivery === undefined || id === delivery);
