/** Deliveries of one integration, each counted once: `matched` is the sum of what it is followed by, failed attempts aside. */
export interface Counts {
  readonly matched: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly dead: number;
  readonly discarded: number;
  /** Of which nothing is known though they should have been in hand long ago. */
  readonly missing: number;
  /** Failed attempts. */
  readonly failed: number;
}

/** In the order in which rows hold them: it does not change. */
export const countNames = [
  "matched",
  "delivered",
  "waiting",
  "dead",
  "discarded",
  "missing",
  "failed",
] as const satisfies readonly (keyof Counts)[];

/** The counts of nothing. */
export const noCounts: Counts = {
  matched: 0,
  delivered: 0,
  waiting: 0,
  dead: 0,
  discarded: 0,
  missing: 0,
  failed: 0,
};
