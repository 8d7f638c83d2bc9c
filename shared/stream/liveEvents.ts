/** A message that the broker passed on while somebody listened. */
export interface LiveMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** Filters that the broker has granted. */
export interface Subscription {
  /** Asks the broker whether it is there. */
  ask(): void;
  close(): Promise<void>;
}

/** A subscription to live events. */
export interface LiveEvents {
  /**
   * Resolves when the broker has granted all filters. `end` is called once if the broker goes away. `alive`
   * says that the broker has answered what it was asked at a time: what came before, it has passed on.
   */
  subscribe(
    filters: readonly string[],
    on: {
      message: (message: LiveMessage) => void;
      alive?: (at: number) => void;
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
