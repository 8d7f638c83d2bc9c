import type { ConcurrencySlots, Slot } from "#shared/account/caller/acquireSlot.ts";

/** Concurrency slots in memory. */
export const memoryConcurrencySlots = (): ConcurrencySlots => {
  const taken = new Map<string, Slot>();
  let requests = 0;
  return {
    async acquire(kind, user, { max, now, until }) {
      for (let number = 0; number < max; number += 1) {
        const key = `${kind}/${user}/${number}`;
        if ((taken.get(key)?.until ?? 0) > now) continue;
        requests += 1;
        const slot = { kind, user, number, id: String(requests), until };
        taken.set(key, slot);
        return slot;
      }
      return undefined;
    },
    async isFull(kind, user, { max, now }) {
      const until = (number: number) => taken.get(`${kind}/${user}/${number}`)?.until ?? 0;
      return Array.from({ length: max }, (_, i) => i).every((i) => until(i) > now);
    },
    async release({ kind, user, number, id }) {
      const key = `${kind}/${user}/${number}`;
      if (taken.get(key)?.id === id) taken.delete(key);
    },
  };
};
