import type { ReceivedEvent } from "./deviceEvent.ts";

/** The MQTT broker of this region. */
export interface Broker {
  publish(topic: string, payload: Uint8Array): Promise<void>;
}

/** Events whose rule could not reach the queue. */
export interface FailedEvents {
  /** The oldest ones, up to `max`. */
  list(max: number): Promise<string[]>;
  /** `undefined` when it cannot be read as an event. */
  read(key: string): Promise<ReceivedEvent | undefined>;
  remove(keys: readonly string[]): Promise<void>;
  /** Keeps it where it is not listed any more. */
  setAside(key: string): Promise<void>;
}

/** The queue of events. */
export interface EventQueue {
  /** Answers why, for the index of each that the queue did not take. */
  send(events: readonly ReceivedEvent[]): Promise<ReadonlyMap<number, Error>>;
}

/**
 * `taken`: it is ours to deliver. `busy`: another worker has it. `done`: its deliveries were queued by this very message.
 * `seen`: by another one.
 */
export type ClaimResult = "taken" | "busy" | "done" | "seen";

/** Which identified events were delivered within `seenHours`. */
export interface SeenEvents {
  /**
   * Takes the event for a message until `now` + `seenLeaseSeconds`, unless it is known. The same message
   * takes it again at once: who had it before is gone, or the queue would not have given it out.
   */
  claim(eventId: string, message: string, now: number): Promise<ClaimResult>;
  /** Its deliveries are queued, by this message: a repeat is to be acknowledged only. */
  confirm(eventId: string, message: string, now: number): Promise<void>;
}
