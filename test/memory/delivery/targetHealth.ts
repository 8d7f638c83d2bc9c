import type { TargetHealth, TargetHealthStore } from "#shared/resilience/targetHealth.ts";

/** Target health in memory, by fleet and integration. */
export const memoryTargetHealth = (
  rows: Map<string, TargetHealth> = new Map(),
): TargetHealthStore => ({
  async put(fleet, targetHealth) {
    const key = `${fleet}/${targetHealth.integration}`;
    const before = rows.get(key);
    if (before !== undefined && before.revision !== targetHealth.revision - 1) return false;
    rows.set(key, targetHealth);
    return true;
  },
});
