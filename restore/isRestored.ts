import type { Row } from "./row.ts";
import type { Restorable } from "./tables.ts";

interface Choice {
  readonly table: Restorable;
  /** Kinds of rows that the command excludes. */
  readonly skip: readonly string[];
  readonly nowMs: number;
}

/** The kind of a row: `token` of `token#…`. */
export const kindOf = (row: Row): string => row.pk?.S?.split("#")[0] ?? "";

/** Whether a row is restored. Expired rows and rows of that time only are not. */
export const isRestored = (row: Row, { table, skip, nowMs }: Choice): boolean => {
  if (skip.includes(kindOf(row))) return false;
  const expiresAt = row.expiresAt?.N;
  if (expiresAt !== undefined && Number(expiresAt) * 1_000 <= nowMs) return false;
  return !table.passing.some(({ key, prefix }) => row[key]?.S?.startsWith(prefix));
};
