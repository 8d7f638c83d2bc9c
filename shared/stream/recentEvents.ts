import type { ReceivedEvent } from "../event/deviceEvent.ts";
import type { LiveEvents } from "./liveEvents.ts";

/** An event of a fleet, as the queue gave it out. */
export interface FleetEvent {
  readonly fleet: string;
  readonly received: ReceivedEvent;
}

/** The events of the last minutes of fleets that are listened to, in this region. */
export interface RecentEvents {
  /** Keeps each for `recentEventsMs` from its receipt. Once more changes nothing. Fails unless all are kept. */
  keep(events: readonly FleetEvent[]): Promise<void>;
  /** A page of what a fleet's devices and users published from one time to another, oldest first. */
  list(
    fleet: string,
    page: { from: number; until: number; after?: string },
  ): Promise<{ events: readonly ReceivedEvent[]; next?: string }>;
}

/** The events of one region: those that come, and those of the last minutes. */
export interface RegionEvents {
  readonly liveEvents: LiveEvents;
  readonly recentEvents: Pick<RecentEvents, "list">;
}
