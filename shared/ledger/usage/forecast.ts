import { dayMs } from "../../platform/durations.ts";
import type { UsageRows } from "./ports.ts";
import { readUsage } from "./readUsage.ts";
import { operationsOf } from "./usage.ts";

/** The data operations of a calendar month (UTC), as far as they are known. */
export interface UsageForecast {
  /** Of the month, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Operations so far. */
  readonly operations: number;
  /** At the end of the month, if the rest of it is as the last seven days. */
  readonly expected: number;
}

/** The start of the calendar month (UTC) of a time, and of the next one. */
export const monthOf = (now: number): { from: number; to: number } => {
  const date = new Date(now);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
};

const rateDays = 7;

/**
 * Forecasts the operations of a fleet or a device at the end of the month. Returns nothing in the
 * first minutes of a month and for a fleet without usage in the last seven days.
 */
export const forecastUsage = async (
  of: { fleet: string; device?: string | undefined },
  deps: {
    usage: Pick<UsageRows, "fleet" | "devices">;
    regions: readonly string[];
    now: () => number;
  },
): Promise<UsageForecast> => {
  const now = deps.now();
  const month = monthOf(now);
  const since = now - rateDays * dayMs;
  const earliest = Math.min(month.from, since);
  const { steps } = await readUsage({ ...of, from: earliest, to: now, step: "day" }, deps);
  const sum = (from: number): number =>
    steps.reduce((all, { at, counts }) => (at >= from ? all + operationsOf(counts) : all), 0);
  const operations = sum(month.from);
  // Whole days, so the first of them begins up to a day before.
  const firstDay = Math.floor(since / dayMs) * dayMs;
  const perMs = sum(firstDay) / (now - firstDay);
  return { ...month, operations, expected: Math.round(operations + perMs * (month.to - now)) };
};
