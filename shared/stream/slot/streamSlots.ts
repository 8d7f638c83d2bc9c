import type { Cursor } from "../position.ts";

/** A user, a fleet or this region, whose streams have numbered slots in this region. */
export interface SlotHolder {
  readonly kind: "user" | "fleet" | "region";
  readonly name: string;
}

/** Identifies the stream that occupies a slot. The id is random. */
export interface SlotKey {
  readonly number: number;
  readonly id: string;
}

/** A slot that a stream occupies until `until`, in milliseconds since 1970. */
export interface StreamSlot extends SlotKey {
  /** The hash of the stream's client (`clientHash`). */
  readonly client: string;
  readonly since: number;
  readonly until: number;
}

/** A slot that a stream occupies. */
export interface OccupiedSlot extends StreamSlot {
  /** The stream was requested to end. */
  readonly isRequested: boolean;
}

/** The position of a stream that the cloud has ended, in its free slot. */
export interface Handover extends SlotKey {
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  readonly cursor: Cursor;
}

/** The event streams of users and fleets in this region. */
export interface StreamSlots {
  /** A consistent read: the occupied slots, and the handovers in free ones. */
  list(
    holder: SlotHolder,
    now: number,
  ): Promise<{ occupied: readonly OccupiedSlot[]; handovers: readonly Handover[] }>;
  /**
   * Occupies a free slot and removes its handover. With `replaces`, only if the slot contains the
   * handover of that id. Returns whether the stream has the slot, also if it had it before.
   */
  occupy(
    holder: SlotHolder,
    slot: StreamSlot,
    given: { now: number; replaces?: string },
  ): Promise<boolean>;
  /** Requests the end of the stream that occupies the slot. Does nothing if it has ended. */
  requestEnd(holder: SlotHolder, slot: SlotKey): Promise<void>;
  /**
   * Whether the stream still occupies the slot and was not requested to end, by an eventually
   * consistent read.
   */
  mayContinue(holder: SlotHolder, slot: SlotKey): Promise<boolean>;
  /**
   * Frees a slot, and leaves a handover in it if one is given. Does nothing if another stream
   * occupies it.
   */
  release(
    holder: SlotHolder,
    slot: SlotKey,
    handover?: Omit<Handover, keyof SlotKey>,
  ): Promise<void>;
}
