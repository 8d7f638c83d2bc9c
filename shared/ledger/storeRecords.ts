import type { DeviceActivityStore } from "../device/deviceActivity.ts";
import { latestActivity } from "../device/deviceActivity.ts";
import type { ChooseAttempts } from "./chooseAttempts.ts";
import { entryKey, entryOfOutcome, entryOfPlan, type LedgerEntry, mergeEntries } from "./entry.ts";
import { ledgerSliceMs } from "./limits.ts";
import type { LedgerEntries } from "./ports.ts";
import type { Attempts, LedgerRecord } from "./record.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

interface Deps {
  activityStore: Pick<DeviceActivityStore, "add">;
  entries: Pick<LedgerEntries, "add">;
  attempts: Pick<Attempts, "add">;
  /** The attempts that are stored. */
  chooseAttempts: ChooseAttempts;
  traffic: Pick<Traffic, "add">;
  now: () => number;
  /** Called on a non-fatal error. */
  onError: (what: string, error: unknown) => void;
}

/**
 * Stores the workers' records. Resolves when all are stored; then the messages may leave their
 * queue. Records that are stored twice after a crash have no effect on readers.
 */
export const storeRecords = async (
  records: readonly LedgerRecord[],
  { activityStore, entries, attempts, chooseAttempts, traffic, now, onError }: Deps,
): Promise<void> => {
  const heard = latestActivity(records.flatMap((record) => record.heard));
  const known = entriesOf(records);
  const sampled = chooseAttempts(records.flatMap((record) => record.attempts));
  await Promise.all([
    heard.length > 0 && activityStore.add(heard, now()),
    known.length > 0 && entries.add(known, now()),
    sampled.length > 0 && attempts.add(sampled, now()),
  ]);
  // Last, and not repeated: these numbers are added to the stored ones.
  const routed = trafficOf(
    records.flatMap((record) => record.routed),
    ledgerSliceMs,
  );
  if (routed.length === 0) return;
  await traffic.add(routed).catch((error: unknown) => onError("counting events failed", error));
};

const entriesOf = (records: readonly LedgerRecord[]): LedgerEntry[] => {
  const known = new Map<string, LedgerEntry>();
  for (const { plans, outcomes } of records) {
    for (const entry of [...plans.map(entryOfPlan), ...outcomes.map(entryOfOutcome)]) {
      const key = entryKey(entry);
      const there = known.get(key);
      known.set(key, there === undefined ? entry : mergeEntries(there, entry));
    }
  }
  return [...known.values()];
};
