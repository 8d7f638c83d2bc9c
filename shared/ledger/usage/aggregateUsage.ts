import { dayMs, hourMs, minuteMs } from "../../platform/durations.ts";
import type { LimitMeter, PeriodLimits } from "../limit/meterLimits.ts";
import { ledgerDays, ledgerSliceMs } from "../limits.ts";
import type { LedgerEntries } from "../ports.ts";
import { checkBalance } from "./checkBalance.ts";
import { usageDays, usageSettleMs, usageTopDevices } from "./limits.ts";
import type { FleetUsage, OpenUsage, OpenUsageStore, UsageLevel, UsageRows } from "./ports.ts";
import {
  addToUsage,
  addUsage,
  countUsage,
  operationsOf,
  shardOfUsage,
  type Usage,
  usageShards,
  zeroUsage,
} from "./usage.ts";

interface Deps {
  entries: Pick<LedgerEntries, "readSlice">;
  rows: UsageRows;
  openUsage: OpenUsageStore;
  /** Counts the same periods for the limits of fleets. Absent: there are none. */
  limits?: LimitMeter;
  now: () => number;
}

type Period = OpenUsage["periods"][number];

const lengthOf = { minute: minuteMs, hour: hourMs, day: dayMs } as const;

/** The start of the period that contains a time. */
export const startOf = (level: UsageLevel, at: number): number =>
  Math.floor(at / lengthOf[level]) * lengthOf[level];

/** The length of a period, in milliseconds. */
export const periodMs = (level: UsageLevel): number => lengthOf[level];

/** A slice whose plans have changed. `isNew`: no entries of it were stored before. */
export interface ChangedSlice {
  readonly start: number;
  readonly isNew: boolean;
}

/**
 * Records that the plans of some slices have changed. Call it before their new entries are removed:
 * after a crash, the repeated run counts the slices.
 */
export const markSlices = async (
  slices: readonly ChangedSlice[],
  { openUsage }: Pick<Deps, "openUsage">,
): Promise<void> => {
  if (slices.length === 0) return;
  const open = await openUsage.read();
  let { periods } = open;
  for (const { start, isNew } of slices) {
    periods = withPeriod(periods, { level: "minute", start, tried: !isNew });
  }
  if (periods !== open.periods) await openUsage.put({ ...open, periods });
};

const withPeriod = (periods: OpenUsage["periods"], added: Period): OpenUsage["periods"] =>
  periods.some(({ level, start }) => level === added.level && start === added.start)
    ? periods
    : [...periods, added];

/**
 * Counts the usage of minutes, hours and days whose counts have changed, and checks the balance of
 * hours. Each period is replaced by what its entries, or its shorter periods, say: a run after a
 * crash repeats the same steps with the same result. Stops at `deadline` (milliseconds since 1970);
 * the next run continues. Returns the number of fleets and hours that did not balance lately.
 */
export const aggregateUsage = async (deadline: number, deps: Deps): Promise<number> => {
  for (const level of ["minute", "hour", "day"] as const) await countDue(level, deadline, deps);
  return await checkBalance(deadline, deps);
};

/** Counts the periods of a level that are due, the oldest first. */
const countDue = async (level: UsageLevel, deadline: number, deps: Deps): Promise<void> => {
  const { openUsage, now } = deps;
  let open = await openUsage.read();
  const isDue = (one: Period): boolean => one.level === level && dueAt(one) <= now();
  const due = open.periods.filter(isDue).sort((one, other) => one.start - other.start);
  if (due.length === 0 || now() >= deadline) return;
  // Stored first: a run that ends after some rows of a period leaves the mark that there are some.
  const tried = open.periods.map((one) => (isDue(one) ? { ...one, tried: true } : one));
  open = { ...open, periods: tried };
  if (due.some((one) => !one.tried)) await openUsage.put(open);
  for (const one of due) {
    if (now() >= deadline) break;
    const fleets = await countPeriod(one, deps);
    open = { ...afterCount(open, one, now()), limited: union(open.limited, fleets) };
  }
  await openUsage.put(open);
};

const union = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one, ...other]),
];

/** The earliest time at which a period is counted. */
const dueAt = ({ level, start }: Pick<Period, "level" | "start">): number =>
  start + lengthOf[level] + usageSettleMs[level];

/** The open work after a period was counted: the longer period that contains it, or its balance. */
const afterCount = (open: OpenUsage, { level, start }: Period, now: number): OpenUsage => {
  const others = open.periods.filter((one) => one.level !== level || one.start !== start);
  /** A longer period that is due may have been counted before. */
  const reopen = (longer: UsageLevel): OpenUsage["periods"] => {
    const one = { level: longer, start: startOf(longer, start) };
    return withPeriod(others, { ...one, tried: dueAt(one) <= now });
  };
  if (level === "minute") return { ...open, periods: reopen("hour") };
  if (level === "day") return { ...open, periods: others };
  const checks = open.checks.filter(({ hour }) => hour !== start);
  return {
    ...open,
    periods: reopen("day"),
    checks: [...checks, { hour: start, slices: 0, counts: {} }],
  };
};

/** Returns the fleets with limits that have usage in the period. */
const countPeriod = async (
  { level, start, tried }: Period,
  deps: Deps,
): Promise<readonly string[]> => {
  const { entries, rows, limits, now } = deps;
  // The stored entries of an expired slice are deleted, so its counts would be incomplete.
  if (start < now() - ledgerDays * dayMs) return [];
  const key = { level, start, again: tried };
  const limited = await limits?.begin(key);
  const fromEntries = level === "minute" || (level === "hour" && areMinutesExpired(start, deps));
  const usage = fromEntries ? await usageOfEntries(start, level, { entries, limited }) : undefined;
  const totals = new Map<string, FleetUsage>();
  for (let shard = 0; shard < usageShards; shard += 1) {
    const some =
      usage === undefined
        ? await rows.ownDevices(partsOf(level, start), shard)
        : shardOfUsage(usage, shard);
    await rows.putDevices(key, shard, some);
    addTotals(totals, some, level);
    limited?.add(some);
  }
  await rows.putFleets(key, totals);
  return (await limited?.store()) ?? [];
};

/** Whether rows of minutes of an hour may have expired, with a margin of a day. */
const areMinutesExpired = (start: number, { now }: Pick<Deps, "now">): boolean =>
  start < now() - (usageDays.minute - 1) * dayMs;

const usageOfEntries = async (
  start: number,
  level: UsageLevel,
  { entries, limited }: Pick<Deps, "entries"> & { limited: PeriodLimits | undefined },
): Promise<Usage> => {
  const usage: Usage = new Map();
  for (let slice = start; slice < start + lengthOf[level]; slice += ledgerSliceMs) {
    const found = await entries.readSlice(slice);
    limited?.addEntries(found);
    for (const [fleet, devices] of countUsage(found)) {
      for (const [device, counts] of devices) addToUsage(usage, { fleet, device }, counts);
    }
  }
  return usage;
};

/** The shorter periods of an hour or a day. */
const partsOf = (level: UsageLevel, start: number) =>
  ({
    level: level === "day" ? "hour" : "minute",
    from: start,
    to: start + periodMs(level),
  }) as const;

/** Adds the devices of a shard to the totals of their fleets. */
const addTotals = (totals: Map<string, FleetUsage>, usage: Usage, level: UsageLevel): void => {
  for (const [fleet, devices] of usage) {
    const { counts, top } = totals.get(fleet) ?? { counts: zeroUsage, top: [] };
    const named = [...devices].map(([device, own]) => ({ device, operations: operationsOf(own) }));
    totals.set(fleet, {
      counts: [...devices.values()].reduce(addUsage, counts),
      top: level === "minute" ? [] : largestDevices([...top, ...named]),
    });
  }
};

/** The devices with the most operations. Of equal ones, the first by id. */
export const largestDevices = (
  devices: readonly { device: string; operations: number }[],
  max = usageTopDevices,
) =>
  devices
    .filter(({ operations }) => operations > 0)
    .sort((one, other) => other.operations - one.operations || (one.device < other.device ? -1 : 1))
    .slice(0, max);
