import type { Heartbeat, Heartbeats } from "#shared/paging/heartbeats.ts";

/** Heartbeats in memory. */
export const memoryHeartbeats = (): Heartbeats => {
  const latest = new Map<string, Heartbeat>();
  return {
    async record(heartbeat) {
      const key = `${heartbeat.by} ${heartbeat.from}`;
      const known = latest.get(key);
      if (known === undefined || known.at < heartbeat.at) latest.set(key, heartbeat);
    },
    async list(by) {
      return [...latest.values()].filter((one) => one.by === by);
    },
  };
};
