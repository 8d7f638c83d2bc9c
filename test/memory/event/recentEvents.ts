import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { RecentEvents } from "#shared/stream/ports.ts";
import { recentEventsMs } from "#shared/stream/resume/limits.ts";

/** Recent events in memory, with a page size. */
export const memoryRecentEvents = (now: () => number, pageEvents = 100): RecentEvents => {
  const fleets = new Map<string, Map<string, ReceivedEvent>>();
  return {
    async put(events) {
      for (const { fleet, received } of events) {
        const stored = fleets.get(fleet) ?? new Map();
        fleets.set(fleet, stored);
        stored.set(`${String(received.receivedAt).padStart(15, "0")}#${received.id}`, received);
      }
    },
    async list(fleet, { from, until, after = "" }) {
      const found = [...(fleets.get(fleet) ?? [])]
        .filter(([key, { receivedAt }]) => key > after && receivedAt >= from && receivedAt <= until)
        .filter(([, { receivedAt }]) => receivedAt + recentEventsMs > now())
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const page = found.slice(0, pageEvents);
      return {
        events: page.map(([, event]) => event),
        ...(page.length < found.length && { next: page.at(-1)![0] }),
      };
    },
  };
};
