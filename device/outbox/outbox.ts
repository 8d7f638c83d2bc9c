/** An event that waits until the cloud has stored it. */
export interface OutboxEvent {
  /** 1 to 64 visible ASCII characters, not used again by this device for 24 hours. */
  readonly id: string;
  readonly name: string;
  readonly data: Uint8Array;
  /** When it happened, in milliseconds since 1970. */
  readonly at?: number | undefined;
  /** Integrations only: no live subscriber sees it. */
  readonly quiet?: boolean | undefined;
}

/** How much an outbox holds. */
export interface OutboxLimits {
  readonly eventsMax?: number;
  readonly bytesMax?: number;
}

/** Events that the cloud has not acknowledged yet, in the order of their publishing. */
export interface Outbox {
  /** Reads what an earlier run left. Called once, before anything else. */
  open(): Promise<void>;
  /** Resolves when the event is kept. Fails with `OutboxFull` when there is no room for it. */
  add(event: OutboxEvent): Promise<void>;
  /** Forgets events at once. Resolves when that is written down, too; ids that it does not know are fine. */
  remove(ids: readonly string[]): Promise<void>;
  /** The oldest events, at most so many. */
  first(count: number): readonly OutboxEvent[];
  readonly size: number;
  /** Ends when everything is written. */
  close(): Promise<void>;
}

/** An outbox holds no more: the event was not kept. */
export class OutboxFull extends Error {
  override readonly name = "OutboxFull";
}
