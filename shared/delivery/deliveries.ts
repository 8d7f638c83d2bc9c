import type { Delivery } from "./delivery.ts";

/** The queue of deliveries. */
export interface Deliveries {
  /** Queues each delivery for its `notBefore`, counted from `now`. Answers why, for the id of each that the queue did not take. */
  send(deliveries: readonly Delivery[], now: number): Promise<ReadonlyMap<string, Error>>;
}

/** A delivery that waits, as text, under a key that means something to the table alone. */
export interface Waiting {
  readonly key: string;
  readonly body: string;
}

/** Deliveries that are due too far ahead for the queue to wait for them, in this region. */
export interface WaitingDeliveries {
  /** Keeps it until its `notBefore`. Once more changes nothing. */
  keep(delivery: Delivery): Promise<void>;
  /** A page of a shard's that are due before a time, in milliseconds since 1970, the most urgent first. */
  due(
    shard: number,
    page: { before: number; limit: number; after?: string },
  ): Promise<{ waiting: readonly Waiting[]; next?: string }>;
  /** Those that are not there any more count as removed. Fails unless all are. */
  remove(shard: number, keys: readonly string[]): Promise<void>;
}

/** Where messages wait that no function can read. */
export interface MalformedMessages {
  put(body: string): Promise<void>;
}
