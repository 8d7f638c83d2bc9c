import * as z from "zod/mini";
import { readCursor, writeCursor } from "../../input/cursor.ts";
import { validationFailure } from "../../input/readInput.ts";
import { Failure } from "../../platform/failure.ts";
import type { Vitals, VitalsStore } from "./vitals.ts";

interface Owned {
  readonly id: string;
  readonly fleet: string;
}

type Deps = { readonly vitals: Pick<VitalsStore, "list"> };

/** Vitals in another fleet belong to that fleet. Fails with `not_found` if there are none. */
export const lastVitals = async ({ id, fleet }: Owned, deps: Deps): Promise<Vitals> => {
  const range = { since: 0, until: Number.MAX_SAFE_INTEGER };
  const { vitals } = await deps.vitals.list(id, { fleet, ...range, limit: 1 });
  const [last] = vitals;
  if (last !== undefined) return last;
  throw new Failure(
    "The device has no vitals of the last 30 days. Ask it for them with POST …/diagnostics/{device}/update.",
    { code: "not_found" },
  );
};

interface Wanted {
  /** Inclusive, in milliseconds since 1970. */
  readonly start_date?: number | undefined;
  readonly end_date?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const position = z.string().check(z.maxLength(200));

/**
 * A page of the vitals of a device in a fleet, newest first. A page may have fewer than `limit`,
 * and still a cursor.
 */
export const listVitals = async (
  { id, fleet }: Owned,
  { start_date: since = 0, end_date: until, limit, cursor }: Wanted,
  deps: Deps,
): Promise<{ vitals: readonly Vitals[]; cursor?: string }> => {
  if (until !== undefined && since > until) {
    throw validationFailure(["start_date: must not be later than end_date"]);
  }
  const list = { id, since, until: until ?? null };
  const { vitals, next } = await deps.vitals.list(id, {
    fleet,
    since,
    until: until === undefined ? Number.MAX_SAFE_INTEGER : until + 1,
    limit,
    after: cursor === undefined ? undefined : readCursor(list, cursor, position),
  });
  return { vitals, ...(next !== undefined && { cursor: writeCursor(list, next) }) };
};
