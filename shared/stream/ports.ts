import type { ReceivedEvent } from "../event/deviceEvent.ts";

/** A message that the broker sent to a subscriber. */
export interface LiveMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** An active subscription. */
export interface Subscription {
  /** Sends an MQTT PINGREQ. */
  ping(): void;
  close(): Promise<void>;
}

/** Live events of one region's broker. */
export interface LiveEvents {
  /**
   * Resolves when the broker has granted all topic filters. `pong(at)`: the broker has answered a
   * ping of that time, so every message before it has been passed on. `end` is called once, when
   * the connection closes.
   */
  subscribe(
    filters: readonly string[],
    on: {
      message: (message: LiveMessage) => void;
      pong?: (at: number) => void;
      end: (error?: Error) => void;
    },
  ): Promise<Subscription>;
}

/** An uninterrupted period in which a fleet has listeners, in milliseconds since 1970. */
export interface Listening {
  readonly since: number;
  readonly until: number;
}

/** The listening periods of fleets in this region. */
export interface Listeners {
  find(fleet: string): Promise<Listening | undefined>;
  /** Extends the current period to `until`, or starts one at `now`. */
  listen(fleet: string, now: number, until: number): Promise<Listening>;
}

/** An event of a fleet, as received from the queue. */
export interface FleetEvent {
  readonly fleet: string;
  readonly received: ReceivedEvent;
}

/** Events of the last minutes in this region, of fleets with listeners. */
export interface RecentEvents {
  /**
   * Stores each event until `recentEventsMs` after its receipt. Idempotent. Fails unless all are
   * stored.
   */
  put(events: readonly FleetEvent[]): Promise<void>;
  /**
   * Returns a page of a fleet's events that were received from `from` to `until` (inclusive),
   * oldest first.
   */
  list(
    fleet: string,
    page: { from: number; until: number; after?: string },
  ): Promise<{ events: readonly ReceivedEvent[]; next?: string }>;
}

/** The live events and the recent events of one region. */
export interface RegionEvents {
  readonly liveEvents: LiveEvents;
  readonly recentEvents: Pick<RecentEvents, "list">;
}
