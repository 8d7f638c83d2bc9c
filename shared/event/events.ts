import type { ReceivedEvent } from "./deviceEvent.ts";

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
export interface Events {
  /** Answers why, for the index of each that the queue did not take. */
  send(events: readonly ReceivedEvent[]): Promise<ReadonlyMap<number, Error>>;
}
