import { dayMs, hourMs } from "../../platform/durations.ts";
import type { UsageLevel } from "../usage/ports.ts";

/** A region's counts of a limit, by the start of the period (milliseconds since 1970, as text). */
type Counts = Readonly<Record<string, number>>;

/**
 * What a region has counted for a limit. A day that was counted stands for its hours, and an hour
 * for its minutes, as in the stored usage: each count replaces an earlier one.
 */
export interface LimitCounts {
  readonly minutes: Counts;
  readonly hours: Counts;
  readonly days: Counts;
}

export const noCounts: LimitCounts = { minutes: {}, hours: {}, days: {} };

const keyOf = { minute: "minutes", hour: "hours", day: "days" } as const;

const startOfHour = (at: number): number => Math.floor(at / hourMs) * hourMs;
const startOfDay = (at: number): number => Math.floor(at / dayMs) * dayMs;

const without = (counts: Counts, isGone: (start: number) => boolean): Counts =>
  Object.fromEntries(Object.entries(counts).filter(([start]) => !isGone(Number(start))));

/** Replaces the count of a minute, an hour or a day. The shorter periods in it are forgotten. */
export const setCount = (
  counts: LimitCounts,
  { level, start }: { level: UsageLevel; start: number },
  count: number,
): LimitCounts => {
  const name = keyOf[level];
  const { [String(start)]: _, ...others } = counts[name];
  // Zeros only matter where a shorter period would count otherwise.
  const next = { ...counts, [name]: { ...others, [start]: count } };
  if (level === "minute") return next;
  const minutes = without(next.minutes, (minute) =>
    level === "hour" ? startOfHour(minute) === start : startOfDay(minute) === start,
  );
  if (level === "hour") return { ...next, minutes };
  return { ...next, minutes, hours: without(next.hours, (hour) => startOfDay(hour) === start) };
};

/** Forgets what was counted before a time. */
export const forgetBefore = (counts: LimitCounts, from: number): LimitCounts => ({
  minutes: without(counts.minutes, (start) => start < from),
  hours: without(counts.hours, (start) => start < startOfHour(from)),
  days: without(counts.days, (start) => start < startOfDay(from)),
});

/**
 * The sum of the counts from a time (inclusive) to another one (exclusive). A day that is not
 * wholly in the range counts by its hours, of which it has none after it was counted: use ranges of
 * whole days, or of the current day and the one before.
 */
export const countIn = (
  { minutes, hours, days }: LimitCounts,
  { from, to }: { from: number; to: number },
): number => {
  const within = ([start]: [string, number]): boolean =>
    Number(start) >= from && Number(start) < to;
  const sum = (all: Counts, isKnown: (start: string) => boolean): number =>
    Object.entries(all)
      .filter(within)
      .reduce((total, [start, count]) => (isKnown(start) ? total : total + count), 0);
  const isDayKnown = (start: string): boolean => String(startOfDay(Number(start))) in days;
  const isHourKnown = (start: string): boolean =>
    isDayKnown(start) || String(startOfHour(Number(start))) in hours;
  return sum(days, () => false) + sum(hours, isDayKnown) + sum(minutes, isHourKnown);
};

/** The counted minutes of an hour; `undefined` if the hour itself was counted. */
export const minutesOf = ({ minutes, hours }: LimitCounts, hour: number): number | undefined =>
  String(hour) in hours
    ? undefined
    : Object.entries(minutes).reduce(
        (sum, [start, count]) => (startOfHour(Number(start)) === hour ? sum + count : sum),
        0,
      );
