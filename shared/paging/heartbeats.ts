/** A heartbeat of a region's watcher, as another watcher received it. */
export interface Heartbeat {
  /** The region that sent it. */
  readonly from: string;
  /** The region of the watcher that received it. */
  readonly by: string;
  /** When it was received, in milliseconds since 1970. */
  readonly at: number;
}

/** The latest heartbeat of each pair of regions. */
export interface Heartbeats {
  /** Stores a heartbeat, unless a later one of the same pair is stored. */
  record(heartbeat: Heartbeat): Promise<void>;
  /** The latest heartbeats that the watcher of a region has received. */
  list(by: string): Promise<Heartbeat[]>;
}
