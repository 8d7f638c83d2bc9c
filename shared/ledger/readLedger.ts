import { dayMs } from "../platform/durations.ts";
import { Failure } from "../platform/failure.ts";
import { counterDays, ledgerBucketMs, ledgerBucketsShownMax } from "./limits.ts";
import type { LedgerBucket, LedgerRows } from "./ports.ts";

interface Deps {
  rows: Pick<LedgerRows, "list">;
  now: () => number;
}

/** The counts of an integration's deliveries of the last `counterDays`, including today. */
export const readCounters = (integration: string, { rows, now }: Deps): Promise<LedgerBucket[]> => {
  const today = Math.floor(now() / dayMs) * dayMs;
  return rows.list(integration, { from: today - (counterDays - 1) * dayMs, to: now() });
};

export interface LedgerRange {
  /**
   * In milliseconds since 1970. The range is extended to the start of the bucket that contains it.
   */
  readonly from: number;
  readonly to: number;
}

/**
 * The counts of an integration's deliveries of events that were accepted from `from` (inclusive) to
 * `to` (exclusive); by default of the last day. Fails with `invalid_request` if the range is empty
 * or exceeds `ledgerBucketsShownMax` buckets.
 */
export const readLedger = async (
  integration: string,
  range: Partial<LedgerRange>,
  { rows, now }: Deps,
): Promise<LedgerRange & { buckets: LedgerBucket[] }> => {
  const to = range.to ?? now();
  const from = Math.floor((range.from ?? to - dayMs) / ledgerBucketMs) * ledgerBucketMs;
  if (from >= to) throw new Failure("from: must be earlier than to", { code: "invalid_request" });
  if (to - from > ledgerBucketsShownMax * ledgerBucketMs) {
    throw new Failure("from and to are too far apart", { code: "invalid_request" });
  }
  return { from, to, buckets: await rows.list(integration, { from, to }) };
};
