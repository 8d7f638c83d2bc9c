import { latestHeard } from "../device/heard.ts";
import type { HeardDevices } from "../presence/recovery/rhythms.ts";
import { type Entry, ended, joined, keyOf, planned } from "./entry.ts";
import type { LedgerEntries } from "./ports.ts";
import type { Attempts, Record } from "./record.ts";

interface Deps {
  heardDevices: Pick<HeardDevices, "add">;
  entries: Pick<LedgerEntries, "add">;
  attempts: Pick<Attempts, "add">;
  now: () => number;
}

/**
 * Writes down what the pipeline's workers say of their batches. When it answers, all is written, and the messages may leave their
 * queue; what is written twice, because somebody died in between, changes nothing for those who read it.
 */
export const writeRecords = async (
  records: readonly Record[],
  { heardDevices, entries, attempts, now }: Deps,
): Promise<void> => {
  const heard = latestHeard(records.flatMap((record) => record.heard));
  const known = entriesOf(records);
  const tried = records.flatMap((record) => record.attempts);
  await Promise.all([
    heard.length > 0 && heardDevices.add(heard, now()),
    known.length > 0 && entries.add(known, now()),
    tried.length > 0 && attempts.add(tried, now()),
  ]);
};

const entriesOf = (records: readonly Record[]): Entry[] => {
  const known = new Map<string, Entry>();
  for (const { plans, outcomes } of records) {
    for (const entry of [...plans.map(planned), ...outcomes.map(ended)]) {
      const key = keyOf(entry);
      const there = known.get(key);
      known.set(key, there === undefined ? entry : joined(there, entry));
    }
  }
  return [...known.values()];
};
