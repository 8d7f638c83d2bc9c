import { minuteMs } from "../../platform/durations.ts";

/** Percentages of a limit at which its owner gets a notice. */
export const noticePercents = [50, 70, 90, 100] as const;
/** No notice of a forecast before a rate was observed for this time. */
export const forecastObservedMsMin = 10 * minuteMs;
/**
 * A device is the culprit of a fleet's usage if it used this many times the mean of the other
 * devices in a minute, and at least this many operations.
 */
export const culpritFactor = 4;
export const culpritOperationsMin = 10;
/** How long after its last such minute a device is slowed down. */
export const culpritMs = 10 * minuteMs;
/** How long another region leaves a notice to the region that has begun it. */
export const noticeLeaseMs = 5 * minuteMs;
/** Days for which notices are stored, and notices in a reply. */
export const noticeDays = 400;
export const noticesShownMax = 100;
/** Fleets whose limits are counted or checked concurrently. */
export const limitFleetsAtOnceMax = 8;
/**
 * Days for which the counts of a limit are stored after their last change: longer than they are
 * used, which is for a month and the day before it.
 */
export const limitUsageDays = 64;
