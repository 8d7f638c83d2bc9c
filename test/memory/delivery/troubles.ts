import type { Trouble, Troubles } from "#shared/resilience/trouble.ts";

/** Troubles in memory, by fleet and integration. */
export const memoryTroubles = (rows: Map<string, Trouble> = new Map()): Troubles => ({
  async put(fleet, trouble) {
    const key = `${fleet}/${trouble.integration}`;
    const before = rows.get(key);
    if (before !== undefined && before.revision !== trouble.revision - 1) return false;
    rows.set(key, trouble);
    return true;
  },
});
