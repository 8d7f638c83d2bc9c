import { seenHours, seenLeaseSeconds } from "#shared/limits.ts";
import type { SeenEvents } from "#shared/ports.ts";

/** Seen events in memory. */
export const memorySeenEvents = (): SeenEvents => {
  const rows = new Map<string, { seen: boolean; until: number }>();
  return {
    async claim(eventId, now) {
      const row = rows.get(eventId);
      if (row !== undefined && now < row.until) return row.seen ? "seen" : "busy";
      rows.set(eventId, { seen: false, until: now + seenLeaseSeconds * 1_000 });
      return "taken";
    },
    async confirm(eventId, now) {
      rows.set(eventId, { seen: true, until: now + seenHours * 3_600_000 });
    },
  };
};
