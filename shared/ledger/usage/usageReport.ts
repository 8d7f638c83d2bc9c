import * as z from "zod/mini";
import { readCursor, writeCursor } from "../../input/cursor.ts";
import { validationFailure } from "../../input/readInput.ts";
import { dayMs, minuteMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import { usageDays, usageReportDays, usageReportDevicesMax } from "./limits.ts";

/** A requested table of the usage of devices. All of it is in its id: nothing is stored. */
const usageReport = z.object({
  /** The period, in milliseconds since 1970. */
  from: z.int(),
  to: z.int(),
  /** In milliseconds since 1970. */
  createdAt: z.int(),
  /** The ids of the devices; empty for all of the fleet. */
  devices: z.array(z.string()).check(z.maxLength(usageReportDevicesMax)),
});

/** A report, when its table is complete, and when it expires. Times in milliseconds since 1970. */
export interface UsageReportRequest extends z.output<typeof usageReport> {
  readonly id: string;
  readonly availableAt: number;
  readonly expiresAt: number;
}

/** How long after the end of a period all of its minutes are counted. */
const countedMs = 2 * minuteMs;

const listOf = (fleet: string) => ({ fleet, list: "usage reports" });

const withTimes = (id: string, report: z.output<typeof usageReport>): UsageReportRequest => ({
  ...report,
  id,
  availableAt: Math.max(report.createdAt, Math.min(report.to, report.createdAt) + countedMs),
  expiresAt: report.createdAt + usageReportDays * dayMs,
});

/**
 * Makes a report of whole days. Fails with `invalid_request` if the period is empty, begins in the
 * future, or is older than stored days.
 */
export const requestUsageReport = (
  fleet: string,
  { from, to, devices }: { from: number; to: number; devices: readonly string[] },
  now: number,
): UsageReportRequest => {
  if (from >= to || from >= now) {
    throw validationFailure([
      "date_period_start: must be earlier than date_period_end, and in the past",
    ]);
  }
  if (from < now - (usageDays.day - 1) * dayMs) {
    throw validationFailure([`date_period_start: the last ${usageDays.day - 1} days are kept`]);
  }
  const report = { from, to: Math.min(to, now), createdAt: now, devices: [...devices] };
  return withTimes(writeCursor(listOf(fleet), report), report);
};

/** Reads a report by its id. Fails with `not_found` if it is no id of a report of this fleet. */
export const findUsageReport = (fleet: string, id: string): UsageReportRequest => {
  try {
    return withTimes(id, readCursor(listOf(fleet), id, usageReport));
  } catch (cause) {
    throw new Failure("there is no such usage report", { code: "not_found", cause });
  }
};

/** `expired` reports have no table any more. */
export const reportState = (
  { availableAt, expiresAt }: UsageReportRequest,
  now: number,
): "pending" | "available" | "expired" => {
  if (now >= expiresAt) return "expired";
  return now >= availableAt ? "available" : "pending";
};
