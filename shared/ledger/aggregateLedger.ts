import { omitUndefined } from "../platform/omitUndefined.ts";
import { countDeliveries, type IntegrationCounts, type SliceCounts } from "./countDeliveries.ts";
import { entryKey, type LedgerEntry, mergeEntries } from "./entry.ts";
import { ledgerDays, ledgerObjectsAtOnceMax, ledgerRecentMs, ledgerSliceMs } from "./limits.ts";
import type { LedgerEntries, LedgerRows, OpenSlice } from "./ports.ts";

interface Deps {
  entries: LedgerEntries;
  rows: LedgerRows;
  now: () => number;
}

/** What the ledger says as a whole. */
export interface LedgerTotals {
  /** Deliveries that were found to be missing within `ledgerRecentMs`, and those that are overdue. */
  readonly missing: number;
  readonly overdue: number;
  /** Objects of entries that were worked off. */
  readonly objects: number;
}

/**
 * Joins new entries to what is known of their slices, and looks again at slices in which something is due. Of a slice that
 * came to something else it writes first what it comes to, then its entries, and removes new ones last: whoever dies in
 * between does the same again, and comes to the same. Stops at `deadline` (milliseconds since 1970); the next run goes on.
 */
export const aggregateLedger = async (deadline: number, deps: Deps): Promise<LedgerTotals> => {
  const { entries, now } = deps;
  const open = new Map((await entries.open()).map((one) => [one.slice, one]));
  let objects = 0;
  while (now() < deadline) {
    const keys = await entries.list(ledgerObjectsAtOnceMax);
    if (keys.length === 0) break;
    const fresh = (await Promise.all(keys.map((key) => entries.read(key)))).flat();
    for (const [slice, added] of bySlice(fresh)) await aggregateSlice(slice, added, { open, deps });
    await entries.putOpen([...open.values()]);
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
): Promise<void> => {
  // What was known of an older one is gone: what is new would look like all of it.
  if (slice < now() - ledgerDays * dayMs) return void open.delete(slice);
  const known = new Map((await entries.readSlice(slice)).map((entry) => [entryKey(entry), entry]));
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
};

const dayMs = 86_400_000;

/** Whether a count has changed. A missing one is told from one that waits by the time, so that is looked at apart. */
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
    overdue,
    missing,
    ...omitUndefined({ next, missingSince }),
  };
};

const totals = (open: readonly OpenSlice[], now: number) => {
  const recent = open.filter(({ missingSince = 0 }) => missingSince > now - ledgerRecentMs);
  const missing = recent.flatMap((one) => Object.values(one.missing));
  return {
    missing: missing.reduce((all, one) => all + one, 0),
    overdue: open.reduce((all, one) => all + one.overdue, 0),
  };
};
