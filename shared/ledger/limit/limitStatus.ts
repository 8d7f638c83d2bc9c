import { periodOf, type UsageLimit } from "../../limit/usageLimit.ts";
import { dayMs, hourMs, minuteMs } from "../../platform/durations.ts";
import { usageSettleMs } from "../usage/limits.ts";
import { countIn, type LimitCounts } from "./limitCounts.ts";

/** How far a limit is used in the current period. Times are in milliseconds since 1970. */
export interface LimitStatus {
  readonly from: number;
  readonly to: number;
  /** Of all regions, up to the last counted minute. */
  readonly used: number;
  /** At the end of the period, at the present rate. */
  readonly expected: number;
  /** When the limit is reached at the present rate; absent if that is not in this period. */
  readonly reachedAt?: number;
  /** How long the present rate was observed, in milliseconds. */
  readonly observedMs: number;
}

/**
 * The status of a limit by the counts of all regions. The present rate of a month is the mean since
 * the beginning of the day before, and that of a day the mean since the beginning of the hour
 * before, each from the first usage on.
 */
export const limitStatus = (
  { limit, period }: Pick<UsageLimit, "limit" | "period">,
  counts: readonly LimitCounts[],
  now: number,
): LimitStatus => {
  const { from, to } = periodOf(period, now);
  const sum = (range: { from: number; to: number }): number =>
    counts.reduce((total, one) => total + countIn(one, range), 0);
  const used = sum({ from, to });
  const counted = Math.floor((now - usageSettleMs.minute) / minuteMs) * minuteMs;
  const since = rateSince(period, from, now);
  const begin = Math.max(since, firstCount(counts, since) ?? counted);
  const observedMs = Math.max(0, counted - begin);
  const perMs = observedMs === 0 ? 0 : sum({ from: begin, to: counted }) / observedMs;
  const expected = Math.round(used + perMs * Math.max(0, to - counted));
  const status = { from, to, used, expected, observedMs };
  if (used >= limit) return status;
  const reachedAt = perMs === 0 ? to : Math.ceil(counted + (limit - used) / perMs);
  return reachedAt < to ? { ...status, reachedAt } : status;
};

/** A day or an hour that was counted has no shorter periods left, so a rate begins with it. */
const rateSince = (period: UsageLimit["period"], from: number, now: number): number =>
  period === "month"
    ? Math.floor((now - dayMs) / dayMs) * dayMs
    : Math.max(from, Math.floor((now - hourMs) / hourMs) * hourMs);

/** The first minute, hour or day with usage from a time on. */
const firstCount = (counts: readonly LimitCounts[], since: number): number | undefined => {
  const starts = counts
    .flatMap(({ minutes, hours, days }) => [minutes, hours, days].flatMap(Object.entries<number>))
    .flatMap(([start, count]) => (count > 0 && Number(start) >= since ? [Number(start)] : []));
  return starts.length === 0 ? undefined : Math.min(...starts);
};
