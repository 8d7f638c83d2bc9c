import type { RunLease, RunLeases } from "#shared/platform/runAlone.ts";

/** Leases of scheduled functions in memory. */
export const memoryRunLeases = (): RunLeases => {
  const held = new Map<string, RunLease>();
  return {
    async acquire(lease, now) {
      const other = held.get(lease.name);
      if (other !== undefined && other.until > now && other.run !== lease.run) return false;
      held.set(lease.name, lease);
      return true;
    },
    async release({ name, run }) {
      if (held.get(name)?.run === run) held.delete(name);
    },
  };
};
