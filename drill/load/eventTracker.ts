/** What became of a drill's events. */
export interface EventCounts {
  readonly accepted: number;
  readonly delivered: number;
  /** Accepted, and not delivered. */
  readonly lost: number;
  /** Deliveries of what had been delivered. */
  readonly repeated: number;
}

/** What became of the events of two books. */
export const sumCounts = (one: EventCounts, other: EventCounts): EventCounts => ({
  accepted: one.accepted + other.accepted,
  delivered: one.delivered + other.delivered,
  lost: one.lost + other.lost,
  repeated: one.repeated + other.repeated,
});

/** The books of one kind of events: what a device handed over, and what arrived. */
export interface EventTracker {
  /** A new event: its id, which is also its data. Its time counts from now. */
  publish(): string;
  /** Somebody has promised to deliver it: the broker by its PUBACK, or a durable outbox. */
  recordAccepted(id: string): void;
  recordArrival(id: string): void;
  counts(): EventCounts;
  /** How many that were accepted have not arrived, of those that were published since a time, by `performance.now()`. */
  missing(since?: number): number;
  /** How many were delivered again by now. */
  repeated(): number;
  /** How long the events took that were published in a time, by `performance.now()`. */
  latenciesMs(from: number, to: number): number[];
  /** When the first arrivals came, in their order. */
  arrivals(): readonly number[];
}

interface Entry {
  readonly publishedAt: number;
  isAccepted: boolean;
  arrivedAt?: number;
}

/** Empty books. `name` begins their ids and keeps those of two books apart. */
export const createEventTracker = (name: string): EventTracker => {
  const entries = new Map<string, Entry>();
  const arrivals: number[] = [];
  let repeated = 0;
  let unsettled = 0;
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
      if (entry.arrivedAt === undefined) unsettled += 1;
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
      if (entry.isAccepted) unsettled -= 1;
    },
    counts() {
      const all = [...entries.values()];
      const accepted = all.filter(({ isAccepted }) => isAccepted).length;
      return { accepted, delivered: arrivals.length, lost: unsettled, repeated };
    },
    missing(since) {
      if (since === undefined) return unsettled;
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
