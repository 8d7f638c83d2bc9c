import { archiveListMax } from "../archive/limits.ts";
import type { ArchiveStore } from "../archive/ports.ts";
import { acceptEvent, type DeviceEvent } from "../event/deviceEvent.ts";
import type { Integration } from "../integration/model/integration.ts";
import { sampleArchiveLooksMs, sampleArchiveObjectsMax } from "./limits.ts";
import { matchingFirst } from "./matchingFirst.ts";

/** Some of the newest archived events of a fleet, up to `max`: those that an integration matches first. */
export const sampleArchive = async (
  integration: Integration,
  max: number,
  { archive, now }: { archive: Pick<ArchiveStore, "list" | "read">; now: () => number },
): Promise<DeviceEvent[]> => {
  let found: DeviceEvent[] = [];
  for (const lookMs of sampleArchiveLooksMs) {
    const query = { from: now() - lookMs, max: archiveListMax };
    const { keys } = await archive.list(integration.fleet, query);
    // A list that was cut has the oldest: then the look before it is the better one.
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
    const sorted = matchingFirst(integration, [...unique.values()].reverse());
    found = sorted.events;
    if (sorted.matchCount >= max) break;
  }
  return found.slice(0, max);
};
