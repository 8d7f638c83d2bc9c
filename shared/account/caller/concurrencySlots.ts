/** What a user may have only so many of at once in a region. */
export type SlotKind = "calls" | "streams" | "tests";

/** A place that a user has until a time, in milliseconds since 1970. */
export interface Slot {
  readonly kind: SlotKind;
  readonly user: string;
  readonly number: number;
  readonly until: number;
}

/** The places of users in this region: `slotsMax` of each kind. */
export interface ConcurrencySlots {
  /** Returns `undefined` when the user has no free place. */
  acquire(
    kind: SlotKind,
    user: string,
    times: { now: number; until: number },
  ): Promise<Slot | undefined>;
  /** Whether the user has no free place, as of a moment ago. */
  isFull(kind: SlotKind, user: string, now: number): Promise<boolean>;
  /** Frees a place. Does nothing when its time is over and another request has it. */
  release(slot: Slot): Promise<void>;
}
