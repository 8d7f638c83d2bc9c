import { acceptEvent, type DeviceEvent } from "../event/deviceEvent.ts";
import type { Integration } from "../integration/model/integration.ts";
import type { RecentEvents } from "../stream/ports.ts";
import { previewLooksMs } from "./limits.ts";
import { matchingFirst } from "./matchingFirst.ts";

/**
 * The newest events of a fleet that are kept, up to `max`: those that an integration matches first. None
 * where nobody listens, because then none are kept.
 */
export const sampleRecent = async (
  integration: Integration,
  max: number,
  { recentEvents, now }: { recentEvents: Pick<RecentEvents, "list">; now: () => number },
): Promise<DeviceEvent[]> => {
  const until = now();
  let found: DeviceEvent[] = [];
  for (const lookMs of previewLooksMs) {
    const page = { from: until - lookMs, until };
    const { events } = await recentEvents.list(integration.fleet, page);
    const newest = events.flatMap((received) => acceptEvent(received)?.event ?? []).reverse();
    const { events: sorted, matchCount } = matchingFirst(integration, newest);
    found = sorted;
    if (matchCount >= max) break;
  }
  return found.slice(0, max);
};
