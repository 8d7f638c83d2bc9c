/** An event that waits until the cloud has stored it. */
export interface OutboxEvent {
  /** 1 to 64 visible ASCII characters. The device does not reuse it within 24 hours. */
  readonly id: string;
  readonly name: string;
  readonly data: Uint8Array;
  /** Time of the event, in milliseconds since 1970. */
  readonly at?: number | undefined;
  /** Deliver to integrations only, not to live subscribers. */
  readonly quiet?: boolean | undefined;
}

/** Capacity of an outbox. */
export interface OutboxLimits {
  readonly eventsMax?: number;
  readonly bytesMax?: number;
}

/** Events that the cloud has not acknowledged yet, in the order of publishing. */
export interface Outbox {
  /** Loads the events of an earlier run. Called once, before any other method. */
  open(): Promise<void>;
  /** Resolves when the event is stored. Rejects with `OutboxFull` if there is no room for it. */
  add(event: OutboxEvent): Promise<void>;
  /** Removes events immediately. Resolves when the removal is stored. Ignores unknown ids. */
  remove(ids: readonly string[]): Promise<void>;
  /** Returns the oldest events, at most `count`. */
  first(count: number): readonly OutboxEvent[];
  readonly size: number;
  /** Resolves when all writes are complete. */
  close(): Promise<void>;
}

/** The outbox is full: the event was not stored. */
export class OutboxFull extends Error {
  override readonly name = "OutboxFull";
}
