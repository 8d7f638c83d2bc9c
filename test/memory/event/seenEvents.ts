import { seenHours, seenLeaseSeconds } from "#shared/event/limits.ts";
import type { SeenEvents } from "#shared/event/ports.ts";

/** Seen events in memory. */
export const memorySeenEvents = (): SeenEvents => {
  const rows = new Map<string, { seen: boolean; message?: string; until: number }>();
  return {
    async claim(eventId, message, now) {
      const row = rows.get(eventId);
      if (row !== undefined && now < row.until) {
        if (row.seen) return row.message === message ? "completed" : "duplicate";
        if (row.message !== message) return "busy";
      }
      rows.set(eventId, { seen: false, message, until: now + seenLeaseSeconds * 1_000 });
      return "acquired";
    },
    async confirm(eventId, message, now) {
      rows.set(eventId, { seen: true, message, until: now + seenHours * 3_600_000 });
    },
  };
};
