/**
 * `ok`: nothing to do. `note`: the deployment works, read what to do. `unknown`: the check could
 * not be made. `fail`: the deployment would fail or be incomplete.
 */
export type Result = "ok" | "note" | "unknown" | "fail";

/** The outcome of one check. Everything is a text for a person. */
export interface Row {
  /** An AWS region, or `all`. */
  readonly region: string;
  readonly check: string;
  readonly found: string;
  readonly needed: string;
  readonly result: Result;
  /** What to do, with the command; empty if nothing. */
  readonly action: string;
}

/** A row without its region, which the runner of the checks knows. */
export type Finding = Omit<Row, "region">;

/** A finding that needs no action. */
export const ok = (check: string, found: string, needed: string): Finding => ({
  check,
  found,
  needed,
  result: "ok",
  action: "",
});
