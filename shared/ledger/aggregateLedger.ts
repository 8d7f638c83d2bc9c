import { dayMs } from "../platform/durations.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { countDeliveries, type IntegrationCounts, type SliceCounts } from "./countDeliveries.ts";
import { entryKey, type LedgerEntry, mergeEntries } from "./entry.ts";
import { ledgerDays, ledgerObjectsAtOnceMax, ledgerRecentMs, ledgerSliceMs } from "./limits.ts";
import type { LedgerEntries, LedgerRows, OpenSlice } from "./ports.ts";
import { type ChangedSlice, markSlices } from "./usage/aggregateUsage.ts";
import type { OpenUsageStore } from "./usage/ports.ts";

interface Deps {
  entries: LedgerEntries;
  rows: LedgerRows;
  /** Where slices are marked whose usage has changed. */
  openUsage: OpenUsageStore;
  now: () => number;
}

/** Totals of the ledger. */
export interface LedgerTotals {
  /** Deliveries that became missing within `ledgerRecentMs`. */
  readonly missing: number;
  /** The number of overdue deliveries of each integration that has some. */
  readonly overdue: ReadonlyMap<string, number>;
  /** The number of S3 objects of new entries that were aggregated. */
  readonly objects: number;
}

/**
 * Merges new entries into their slices, and recounts slices in which a delivery is due. For each
 * changed slice it writes the counts, then the merged entries, and removes the new entries last, so
 * that a run after a crash repeats the same steps with the same result. Stops at `deadline`
 * (milliseconds since 1970); the next run continues.
 */
export const aggregateLedger = async (deadline: number, deps: Deps): Promise<LedgerTotals> => {
  const { entries, now } = deps;
  const open = new Map((await entries.listOpen()).map((one) => [one.slice, one]));
  let objects = 0;
  while (now() < deadline) {
    const keys = await entries.list(ledgerObjectsAtOnceMax);
    if (keys.length === 0) break;
    const fresh = (await Promise.all(keys.map((key) => entries.read(key)))).flat();
    const changed: ChangedSlice[] = [];
    for (const [slice, added] of bySlice(fresh)) {
      const { isNew } = await aggregateSlice(slice, added, { open, deps });
      if (added.some(({ plan }) => plan !== undefined)) changed.push({ start: slice, isNew });
    }
    await entries.putOpen([...open.values()]);
    await markSlices(changed, deps);
    await entries.remove(keys);
    objects += keys.length;
  }
  const due = [...open.values()].filter(({ next = Number.POSITIVE_INFINITY }) => next <= now());
  for (const { slice } of due) {
    if (now() < deadline) await aggregateSlice(slice, [], { open, deps });
  }
  if (due.length > 0) await entries.putOpen([...open.values()]);
  return { ...totals([...open.values()], now()), objects };
};

const bySlice = (entries: readonly LedgerEntry[]): Map<number, LedgerEntry[]> => {
  const slices = new Map<number, LedgerEntry[]>();
  for (const entry of entries) {
    const slice = Math.floor(entry.acceptedAt / ledgerSliceMs) * ledgerSliceMs;
    const some = slices.get(slice);
    if (some === undefined) slices.set(slice, [entry]);
    else some.push(entry);
  }
  return slices;
};

const aggregateSlice = async (
  slice: number,
  added: readonly LedgerEntry[],
  { open, deps: { entries, rows, now } }: { open: Map<number, OpenSlice>; deps: Deps },
): Promise<{ isNew: boolean }> => {
  // The stored entries of an expired slice are deleted, so its counts would be incomplete.
  if (slice < now() - ledgerDays * dayMs) {
    open.delete(slice);
    return { isNew: false };
  }
  const known = new Map((await entries.readSlice(slice)).map((entry) => [entryKey(entry), entry]));
  const isNew = known.size === 0;
  const before = countDeliveries(known.values(), now());
  for (const entry of added) {
    const key = entryKey(entry);
    const there = known.get(key);
    known.set(key, there === undefined ? entry : mergeEntries(there, entry));
  }
  const after = countDeliveries(known.values(), now());
  const changed = [...after.integrations].filter(
    ([id, one]) =>
      hasChanged(before.integrations.get(id), one) ||
      one.missing !== (open.get(slice)?.missing[id] ?? 0),
  );
  await rows.put(slice, new Map(changed));
  if (added.length > 0) await entries.putSlice(slice, [...known.values()]);
  const left = openSliceOf(slice, after);
  if (left === undefined) open.delete(slice);
  else open.set(slice, left);
  return { isNew };
};

/**
 * Whether a count has changed. Missing deliveries depend on the time, so the caller compares them
 * with the open slice.
 */
const hasChanged = (
  before: IntegrationCounts | undefined,
  { missingIds: _, ...after }: IntegrationCounts,
): boolean =>
  before === undefined ||
  Object.entries(after).some(([name, value]) => Reflect.get(before, name) !== value);

const openSliceOf = (
  slice: number,
  { integrations, overdue, missingSince, next }: SliceCounts,
): OpenSlice | undefined => {
  const missing = Object.fromEntries(
    [...integrations].flatMap(([id, one]) => (one.missing > 0 ? [[id, one.missing]] : [])),
  );
  if (next === undefined && missingSince === undefined) return undefined;
  return {
    slice,
    overdue: Object.fromEntries(overdue),
    missing,
    ...omitUndefined({ next, missingSince }),
  };
};

/** The sum of counts by name. */
const sumOf = (all: readonly Readonly<Record<string, number>>[]): Map<string, number> => {
  const sums = new Map<string, number>();
  for (const [name, value] of all.flatMap((one) => Object.entries(one))) {
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
};

const totals = (open: readonly OpenSlice[], now: number) => {
  const recent = open.filter(({ missingSince = 0 }) => missingSince > now - ledgerRecentMs);
  const missing = recent.flatMap((one) => Object.values(one.missing));
  return {
    missing: missing.reduce((all, one) => all + one, 0),
    overdue: sumOf(open.map((one) => one.overdue)),
  };
};
