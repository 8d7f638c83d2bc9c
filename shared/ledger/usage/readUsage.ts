import * as z from "zod/mini";
import { readCursor, writeCursor } from "../../input/cursor.ts";
import { validationFailure } from "../../input/readInput.ts";
import { dayMs, hourMs } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { largestDevices, periodMs, startOf } from "./aggregateUsage.ts";
import { usageDays, usageHoursMax, usageTopDevices } from "./limits.ts";
import type { PeriodRange, TopDevice, UsageRows } from "./ports.ts";
import {
  addUsage,
  operationsOf,
  type UsageCounts,
  usageShardOf,
  usageShards,
  zeroUsage,
} from "./usage.ts";

interface Deps {
  usage: Pick<UsageRows, "fleet" | "devices">;
  /** All regions of the deployment. */
  regions: readonly string[];
  now: () => number;
}

export interface UsageRange {
  /** In milliseconds since 1970: the start of an hour, or of a day. */
  readonly from: number;
  readonly to: number;
}

/** The usage of a fleet, or of one of its devices, in a range. */
export interface UsageReport extends UsageRange {
  readonly total: UsageCounts;
  /** The hours or the days, oldest first; those without usage are left out. */
  readonly steps: readonly { readonly at: number; readonly counts: UsageCounts }[];
  /** The devices of the fleet with the most operations; none for a single device. */
  readonly top: readonly TopDevice[];
}

interface Wanted {
  readonly fleet: string;
  /** The id of a device. */
  readonly device?: string | undefined;
  /** In milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly step: "hour" | "day";
}

/** The counts of one stored period in one region. */
interface Counted {
  readonly start: number;
  readonly region: string;
  readonly counts: UsageCounts;
  readonly top: readonly TopDevice[];
}

/**
 * The usage of a fleet or of a device: by default of the last day by hours, and of the last 30 days
 * by days. It reads one row for each stored day, the hours of days that are not stored, and the
 * minutes of hours that are not stored, of every region. The largest devices of a fleet are
 * those of each hour and day, without the minutes. Fails with `invalid_request` if the range is
 * empty, too long or too old.
 */
export const readUsage = async (
  { fleet, device, step, ...asked }: Wanted,
  { usage, regions, now }: Deps,
): Promise<UsageReport> => {
  const range = usageRange(asked, { step, now: now() });
  const read = async (periods: PeriodRange): Promise<Counted[]> => {
    if (device === undefined) return usage.fleet(fleet, periods);
    const shard = usageShardOf(device);
    const found = await usage.devices({ fleet, shard, device }, periods);
    return found.map(({ devices, ...one }) => ({
      ...one,
      counts: devices.get(device) ?? zeroUsage,
      top: [],
    }));
  };
  const found = await coverRange({ level: step, ...range }, read, { regions, now: now() });
  const steps = new Map<number, UsageCounts>();
  for (const { start, counts } of found) {
    const at = startOf(step, start);
    steps.set(at, addUsage(steps.get(at) ?? zeroUsage, counts));
  }
  return {
    ...range,
    total: found.reduce((sum, { counts }) => addUsage(sum, counts), zeroUsage),
    steps: [...steps]
      .map(([at, counts]) => ({ at, counts }))
      .sort((one, other) => one.at - other.at),
    top: mergeTop(found.flatMap(({ top }) => top)),
  };
};

const mergeTop = (all: readonly TopDevice[]): TopDevice[] => {
  const sums = new Map<string, number>();
  for (const { device, operations } of all) {
    sums.set(device, (sums.get(device) ?? 0) + operations);
  }
  const merged = [...sums].map(([device, operations]) => ({ device, operations }));
  return largestDevices(merged, usageTopDevices);
};

/** The range, from the start of a step; its end is not in the future. */
export const usageRange = (
  { from, to }: { from?: number | undefined; to?: number | undefined },
  { step, now }: { step: "hour" | "day"; now: number },
): UsageRange => {
  const end = Math.min(to ?? now, now);
  const usual = step === "hour" ? end - dayMs : end - 30 * dayMs;
  const range = { from: startOf(step, from ?? usual), to: endOf(end, now) };
  if (range.from >= end) {
    throw validationFailure(["from: must be earlier than to, and in the past"]);
  }
  const oldest = now - (usageDays[step] - 1) * dayMs;
  if (range.from < oldest) {
    throw validationFailure([
      `from: the ${step}s of the last ${usageDays[step] - 1} days are kept`,
    ]);
  }
  if (step === "hour" && range.to - range.from > usageHoursMax * hourMs) {
    throw validationFailure([`from and to: at most ${usageHoursMax} hours by hour; use by=day`]);
  }
  return range;
};

/** Rows of minutes are kept for days only, so that a range in the past ends with an hour. */
const endOf = (end: number, now: number): number => Math.min(Math.ceil(end / hourMs) * hourMs, now);

type Read<Row> = (range: PeriodRange) => Promise<Row[]>;

const finer = { day: "hour", hour: "minute" } as const;

interface Cover {
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  readonly now: number;
}

/**
 * The rows of a range: those of its whole periods, and those of shorter periods at its ends and
 * where a region has not stored the longer one, because it has just ended, or because the region is
 * lost. A time of a region is in one row only.
 */
export const coverRange = async <Row extends { readonly start: number; readonly region: string }>(
  { level, from, to }: PeriodRange,
  read: Read<Row>,
  cover: Cover,
): Promise<Row[]> => {
  if (level === "minute") return from < to ? read({ level, from, to }) : [];
  const length = periodMs(level);
  const first = Math.ceil(from / length) * length;
  const last = Math.floor(to / length) * length;
  const shorter = finer[level];
  const inShorter = (start: number, end: number): Promise<Row[]> =>
    coverRange({ level: shorter, from: start, to: end }, read, cover);
  if (first >= last) return inShorter(from, to);
  const rows = await read({ level, from: first, to: last });
  const stored = new Set(rows.map(({ start, region }) => `${start} ${region}`));
  const kept = startOf(level, cover.now - usageDays[shorter] * dayMs) + length;
  const gaps: { start: number; end: number }[] = [];
  for (let start = Math.max(first, kept); start < last; start += length) {
    if (cover.regions.every((region) => stored.has(`${start} ${region}`))) continue;
    const before = gaps.at(-1);
    if (before?.end === start) before.end += length;
    else gaps.push({ start, end: start + length });
  }
  const [edges, missing] = await Promise.all([
    Promise.all([inShorter(from, first), inShorter(last, to)]),
    mapConcurrently(gaps, gapsAtOnceMax, ({ start, end }) => inShorter(start, end)),
  ]);
  const isOpen = ({ start, region }: Row): boolean =>
    !stored.has(`${startOf(level, start)} ${region}`);
  return [...rows, ...missing.flat().filter(isOpen), ...edges.flat()];
};

/** Concurrent reads of periods that are not stored. */
const gapsAtOnceMax = 4;

/** The usage of one device of a list. */
export interface DeviceUsage {
  readonly device: string;
  readonly counts: UsageCounts;
}

const position = z.object({
  shard: z.int().check(z.nonnegative(), z.lt(usageShards)),
  after: z.string().check(z.maxLength(100)),
});

/**
 * A page of the devices of a fleet that have usage in a range, those with the most operations of
 * the page first. A list that fits on one page is therefore in the order of operations. Fails with
 * `invalid_request` as `readUsage`, or for a cursor of another list.
 */
export const listDeviceUsage = async (
  {
    fleet,
    limit,
    cursor,
    ...asked
  }: Omit<Wanted, "device" | "step"> & {
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
  { usage, regions, now }: Deps,
): Promise<UsageRange & { devices: DeviceUsage[]; cursor?: string }> => {
  const range = usageRange(asked, { step: "day", now: now() });
  const list = { fleet, from: asked.from ?? null, to: asked.to ?? null };
  let { shard, after } =
    cursor === undefined ? { shard: 0, after: "" } : readCursor(list, cursor, position);
  const found: DeviceUsage[] = [];
  for (; shard < usageShards; shard += 1) {
    const of = { fleet, shard };
    const rows = await coverRange(
      { level: "day", ...range },
      (periods) => usage.devices(of, periods),
      { regions, now: now() },
    );
    const left = sumDevices(rows.map(({ devices }) => devices)).filter(
      ({ device }) => device > after,
    );
    const taken = left.slice(0, limit - found.length);
    found.push(...taken);
    if (taken.length < left.length) {
      after = taken.at(-1)?.device ?? after;
      break;
    }
    after = "";
  }
  const devices = found.sort((one, other) => operationsOf(other.counts) - operationsOf(one.counts));
  return {
    ...range,
    devices,
    ...(shard < usageShards && { cursor: writeCursor(list, { shard, after }) }),
  };
};

/** The sums of devices, by id. */
const sumDevices = (all: readonly ReadonlyMap<string, UsageCounts>[]): DeviceUsage[] => {
  const sums = new Map<string, UsageCounts>();
  for (const devices of all) {
    for (const [device, counts] of devices) {
      sums.set(device, addUsage(sums.get(device) ?? zeroUsage, counts));
    }
  }
  return [...sums]
    .map(([device, counts]) => ({ device, counts }))
    .sort((one, other) => (one.device < other.device ? -1 : 1));
};
