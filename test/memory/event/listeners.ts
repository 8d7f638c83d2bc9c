import type { Listeners, Listening } from "#shared/stream/ports.ts";

/** Listening periods of a region in memory. The rows can be shared with its integrations. */
export const memoryListeners = (rows = new Map<string, Listening>()): Listeners => ({
  find: async (fleet) => rows.get(fleet),
  async listen(fleet, now, until) {
    const known = rows.get(fleet);
    const since = known !== undefined && known.until > now ? known.since : now;
    rows.set(fleet, { since, until });
    return { since, until };
  },
});
