import { minuteMs } from "../../platform/durations.ts";

/**
 * How long after the end of a period it is counted: most of its records have arrived. Later ones
 * are counted when they arrive.
 */
export const usageSettleMs = { minute: 20_000, hour: 5 * minuteMs, day: 15 * minuteMs } as const;
/** How long after the end of an hour its balance is checked. */
export const usageBalanceMs = 15 * minuteMs;
/** How long an imbalance counts in the metric of the alarm. */
export const usageImbalanceMs = 60 * minuteMs;
/** Days for which minutes, hours and days are stored. An older hour is counted from its entries. */
export const usageDays = { minute: 3, hour: 46, day: 400 } as const;
/** Devices with the most operations that are stored of a fleet, for each hour and day. */
export const usageTopDevices = 10;
/**
 * Devices or fleets in one row: about 8 kB. A reader of a small fleet reads few rows, and the last
 * started kilobyte of a row costs little.
 */
export const usageRowLinesMax = 500;
/** Hours of a report by hours. */
export const usageHoursMax = 31 * 24;
/** Devices in a page. */
export const usagePageDefault = 100;
export const usagePageMax = 1_000;
/** Days after which a usage report expires, and devices that it may name. */
export const usageReportDays = 7;
export const usageReportDevicesMax = 20;
/** Devices in a table. */
export const usageTableMax = 10_000;
