import { dayMs } from "#shared/platform/durations.ts";
import { pendingStatusesMax, presenceDays, presenceWritesMax } from "#shared/presence/limits.ts";
import {
  newestChangeFirst,
  type PresenceChange,
  type PresenceHistory,
} from "#shared/presence/presenceHistory.ts";

/** Changes of presence in memory. */
export const memoryPresenceHistory = (
  now: () => number = () => 0,
): PresenceHistory & { readonly all: () => PresenceChange[] } => {
  const rows = new Map<string, PresenceChange>();
  return {
    all: () => [...rows.values()],
    async add(change) {
      const { device, region, write, index } = change;
      const slot = `${write % presenceWritesMax} ${index % pendingStatusesMax}`;
      rows.set(`${device} ${region} ${slot}`, change);
    },
    list: async (wanted) =>
      [...rows.values()]
        .filter(({ device, at }) => device === wanted && at + presenceDays * dayMs > now())
        .sort(newestChangeFirst),
  };
};
