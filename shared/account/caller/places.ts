/** What a user may have only so many of at once in a region. */
export type PlaceKind = "calls" | "streams" | "tests";

/** A place that a user has until a time, in milliseconds since 1970. */
export interface Place {
  readonly kind: PlaceKind;
  readonly user: string;
  readonly number: number;
  readonly until: number;
}

/** The places of users in this region: `placesMax` of each kind. */
export interface Places {
  /** Returns `undefined` when the user has no free place. */
  take(
    kind: PlaceKind,
    user: string,
    times: { now: number; until: number },
  ): Promise<Place | undefined>;
  /** Whether the user has no free place, as of a moment ago. */
  isFull(kind: PlaceKind, user: string, now: number): Promise<boolean>;
  /** Frees a place. Does nothing when its time is over and another request has it. */
  giveBack(place: Place): Promise<void>;
}
