/** Outcome counts of a drill's events. */
export interface EventCounts {
  readonly accepted: number;
  readonly delivered: number;
  /** Accepted and not delivered. */
  readonly lost: number;
  /** Deliveries of events that were delivered before. */
  readonly repeated: number;
}

/** Adds the counts of two trackers. */
export const sumCounts = (one: EventCounts, other: EventCounts): EventCounts => ({
  accepted: one.accepted + other.accepted,
  delivered: one.delivered + other.delivered,
  lost: one.lost + other.lost,
  repeated: one.repeated + other.repeated,
});

/** Tracks the events of one name from acceptance to arrival. */
export interface EventTracker {
  /** Creates an event and returns its id, which is also its data. Its latency counts from now. */
  publish(): string;
  /** Records that the broker (PUBACK) or a durable outbox has accepted the event. */
  recordAccepted(id: string): void;
  recordArrival(id: string): void;
  counts(): EventCounts;
  /**
   * Counts accepted events that have not arrived, optionally those created since a
   * `performance.now()`.
   */
  missing(since?: number): number;
  /** Counts repeated deliveries so far. */
  repeated(): number;
  /** Latencies of the events created between two values of `performance.now()`. */
  latenciesMs(from: number, to: number): number[];
  /** Times of the first arrival of each event, in order. */
  arrivals(): readonly number[];
}

interface Entry {
  readonly publishedAt: number;
  isAccepted: boolean;
  arrivedAt?: number;
}

/** Creates a tracker. Its event ids begin with `name`. */
export const createEventTracker = (name: string): EventTracker => {
  const entries = new Map<string, Entry>();
  const arrivals: number[] = [];
  let repeated = 0;
  let missing = 0;
  return {
    publish() {
      const id = `${name}-${entries.size}`;
      entries.set(id, { publishedAt: performance.now(), isAccepted: false });
      return id;
    },
    recordAccepted(id) {
      const entry = entries.get(id);
      if (entry === undefined || entry.isAccepted) return;
      entry.isAccepted = true;
      if (entry.arrivedAt === undefined) missing += 1;
    },
    recordArrival(id) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      if (entry.arrivedAt !== undefined) {
        repeated += 1;
        return;
      }
      entry.arrivedAt = performance.now();
      arrivals.push(entry.arrivedAt);
      if (entry.isAccepted) missing -= 1;
    },
    counts() {
      const all = [...entries.values()];
      const accepted = all.filter(({ isAccepted }) => isAccepted).length;
      return { accepted, delivered: arrivals.length, lost: missing, repeated };
    },
    missing(since) {
      if (since === undefined) return missing;
      return [...entries.values()].filter(
        (one) => one.isAccepted && one.arrivedAt === undefined && one.publishedAt >= since,
      ).length;
    },
    repeated: () => repeated,
    latenciesMs: (from, to) =>
      [...entries.values()].flatMap(({ publishedAt, arrivedAt }) =>
        arrivedAt === undefined || publishedAt < from || publishedAt >= to
          ? []
          : [arrivedAt - publishedAt],
      ),
    arrivals: () => arrivals,
  };
};
