import type { ReceivedEvent } from "../event/deviceEvent.ts";

/** A message that the broker passed on while somebody listened. */
export interface LiveMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** Filters that the broker has granted. */
export interface Subscription {
  /** Asks the broker whether it is there. */
  ping(): void;
  close(): Promise<void>;
}

/** A subscription to live events. */
export interface LiveEvents {
  /**
   * Resolves when the broker has granted all filters. `end` is called once if the broker goes away. `pong`
   * says that the broker has answered what it was asked at a time: what came before, it has passed on.
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

/** Since when and until when a fleet counts as listened to without a break, in milliseconds since 1970. */
export interface Listening {
  readonly since: number;
  readonly until: number;
}

/** Which fleets have listeners in this region. */
export interface Listeners {
  find(fleet: string): Promise<Listening | undefined>;
  /** Begins at `now`, or goes on with what is not over at `now`. */
  listen(fleet: string, now: number, until: number): Promise<Listening>;
}

/** An event of a fleet, as the queue gave it out. */
export interface FleetEvent {
  readonly fleet: string;
  readonly received: ReceivedEvent;
}

/** The events of the last minutes of fleets that are listened to, in this region. */
export interface RecentEvents {
  /** Keeps each for `recentEventsMs` from its receipt. Once more changes nothing. Fails unless all are kept. */
  put(events: readonly FleetEvent[]): Promise<void>;
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
