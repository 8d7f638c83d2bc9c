import type { ReceivedEvent } from "./deviceEvent.ts";

/** The MQTT broker of this region. */
export interface Broker {
  publish(topic: string, payload: Uint8Array): Promise<void>;
}

/**
 * Events for which the topic rule's SQS action failed. The rule's error action stores them in S3.
 */
export interface FailedEvents {
  /** Lists the keys of the oldest events, up to `max`. */
  list(max: number): Promise<string[]>;
  /** Returns `undefined` if the object cannot be parsed as an event. */
  read(key: string): Promise<ReceivedEvent | undefined>;
  remove(keys: readonly string[]): Promise<void>;
  /** Moves a malformed object to a prefix that `list` does not read. */
  setAside(key: string): Promise<void>;
}

/** The queue of events. */
export interface EventQueue {
  /** Returns the error of each event that the queue did not take, by index. */
  send(events: readonly ReceivedEvent[]): Promise<ReadonlyMap<number, Error>>;
}

/**
 * Result of a claim:
 *
 * - `acquired`: this worker delivers the event.
 * - `busy`: another worker is delivering it.
 * - `completed`: this message has already queued all deliveries of the event.
 * - `duplicate`: another message has queued them.
 */
export type ClaimResult = "acquired" | "busy" | "completed" | "duplicate";

/** Duplicate detection: events that were delivered within the last `seenHours`. */
export interface SeenEvents {
  /**
   * Acquires a lease on the event for a message, until `now` (milliseconds) + `seenLeaseSeconds`.
   * The same message acquires it again at once: its earlier worker is dead, or SQS would not have
   * redelivered it.
   */
  claim(eventId: string, message: string, now: number): Promise<ClaimResult>;
  /**
   * Marks the event as delivered by this message. Later messages of the event are only
   * acknowledged.
   */
  confirm(eventId: string, message: string, now: number): Promise<void>;
}
