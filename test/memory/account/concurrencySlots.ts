import type { ConcurrencySlots, Slot } from "#shared/account/caller/acquireSlot.ts";
import { slotsMax } from "#shared/account/caller/limits.ts";

/** Concurrency slots in memory. */
export const memoryConcurrencySlots = (): ConcurrencySlots => {
  const taken = new Map<string, Slot>();
  return {
    async acquire(kind, user, { now, until }) {
      for (let number = 0; number < slotsMax[kind]; number += 1) {
        const key = `${kind}/${user}/${number}`;
        if ((taken.get(key)?.until ?? 0) > now) continue;
        const slot = { kind, user, number, until };
        taken.set(key, slot);
        return slot;
      }
      return undefined;
    },
    async isFull(kind, user, now) {
      const until = (number: number) => taken.get(`${kind}/${user}/${number}`)?.until ?? 0;
      return Array.from({ length: slotsMax[kind] }, (_, i) => i).every((i) => until(i) > now);
    },
    async release({ kind, user, number, until }) {
      const key = `${kind}/${user}/${number}`;
      if (taken.get(key)?.until === until) taken.delete(key);
    },
  };
};
