import { archiveListMax } from "../archive/limits.ts";
import type { ArchiveStore } from "../archive/ports.ts";
import { acceptEvent, type DeviceEvent } from "../event/deviceEvent.ts";
import type { Integration } from "../integration/model/integration.ts";
import { matching } from "../integration/model/match.ts";
import type { RecentEvents } from "../stream/ports.ts";
import { previewLooksMs, sampleArchiveLooksMs, sampleArchiveObjectsMax } from "./limits.ts";

/** Returns some of the newest archived events of a fleet, up to `max`, matching ones first. */
export const sampleArchive = async (
  integration: Integration,
  max: number,
  { archive, now }: { archive: Pick<ArchiveStore, "list" | "read">; now: () => number },
): Promise<DeviceEvent[]> => {
  let found: DeviceEvent[] = [];
  for (const lookMs of sampleArchiveLooksMs) {
    const query = { from: now() - lookMs, max: archiveListMax };
    const { keys } = await archive.list(integration.fleet, query);
    // A truncated list has the oldest objects: the shorter look-back is better then.
    if (keys.length >= archiveListMax && found.length > 0) break;
    const newest = keys.slice(-sampleArchiveObjectsMax);
    const objects = await Promise.all(newest.map((key) => archive.read(key)));
    const events = objects.flatMap((object) => object.events);
    const unique = new Map(
      events.flatMap((received) => {
        const event = acceptEvent(received)?.event;
        return event === undefined ? [] : [[event.id, event] as const];
      }),
    );
    const sorted = sortMatchingFirst(integration, [...unique.values()].reverse());
    found = sorted.events;
    if (sorted.matchCount >= max) break;
  }
  return found.slice(0, max);
};

/**
 * Returns the newest recent events of a fleet, up to `max`, matching ones first. Empty unless a
 * stream of the fleet is or was open.
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
    const { events: sorted, matchCount } = sortMatchingFirst(integration, newest);
    found = sorted;
    if (matchCount >= max) break;
  }
  return found.slice(0, max);
};

/**
 * Sorts matching events first and keeps the order otherwise, as if the integration were enabled.
 * Also returns the number of matching events.
 */
export const sortMatchingFirst = (
  integration: Integration,
  events: readonly DeviceEvent[],
): { events: DeviceEvent[]; matchCount: number } => {
  const enabled = [{ ...integration, disabled: false }];
  const matches = new Set(events.filter((event) => matching(enabled, event).length > 0));
  const others = events.filter((event) => !matches.has(event));
  return { events: [...matches, ...others], matchCount: matches.size };
};
