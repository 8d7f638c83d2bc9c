import type { LedgerEntry } from "#shared/ledger/entry.ts";
import type { LedgerEntries, OpenSlice } from "#shared/ledger/ports.ts";

/** The ledger's entries in memory. */
export const memoryLedgerEntries = (): LedgerEntries => {
  const fresh = new Map<string, readonly LedgerEntry[]>();
  const slices = new Map<number, readonly LedgerEntry[]>();
  let kept: readonly OpenSlice[] = [];
  let added = 0;
  return {
    async add(entries, now) {
      added += 1;
      fresh.set(`${String(now).padStart(15, "0")}-${added}`, entries);
    },
    list: async (max) => [...fresh.keys()].sort().slice(0, max),
    read: async (key) => [...(fresh.get(key) ?? [])],
    async remove(keys) {
      for (const key of keys) fresh.delete(key);
    },
    readSlice: async (slice) => [...(slices.get(slice) ?? [])],
    putSlice: async (slice, entries) => void slices.set(slice, entries),
    listOpen: async () => [...kept],
    async putOpen(open) {
      kept = open;
    },
  };
};
