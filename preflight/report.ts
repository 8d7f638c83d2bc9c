import { table } from "../admin/table.ts";
import type { Row } from "./row.ts";

/** Whether nothing stops the deployment. */
export const hasPassed = (rows: readonly Row[]): boolean =>
  rows.every(({ result }) => result !== "fail");

const countOf = (rows: readonly Row[], result: Row["result"]): number =>
  rows.filter((row) => row.result === result).length;

/** The rows as a table, and a summary. */
export const textOfRows = (rows: readonly Row[]): string => {
  const cells = rows.map(({ region, check, found, needed, result, action }) => ({
    region,
    check,
    found,
    needed,
    result,
    "what to do": action,
  }));
  const [fails, unknown] = [countOf(rows, "fail"), countOf(rows, "unknown")];
  const failed = fails === 0 ? "No check fails" : `${fails} of ${rows.length} checks fail`;
  const open = unknown === 0 ? "" : `, ${unknown} could not be made`;
  return `${table(cells)}\n\n${failed}${open}.`;
};

/** The rows as JSON. */
export const jsonOfRows = (rows: readonly Row[]): string =>
  JSON.stringify({ passed: hasPassed(rows), rows }, null, 2);
