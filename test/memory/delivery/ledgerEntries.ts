import type { Entry } from "#shared/ledger/entry.ts";
import type { LedgerEntries, OpenSlice } from "#shared/ledger/ports.ts";

/** The ledger's entries in memory. */
export const memoryLedgerEntries = (): LedgerEntries => {
  const fresh = new Map<string, readonly Entry[]>();
  const slices = new Map<number, readonly Entry[]>();
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
    ofSlice: async (slice) => [...(slices.get(slice) ?? [])],
    keepSlice: async (slice, entries) => void slices.set(slice, entries),
    open: async () => [...kept],
    async keepOpen(open) {
      kept = open;
    },
  };
};
