/** Outcome counts of one target's events. */
export interface LossCounts {
  /** Acknowledged by the broker. */
  readonly acknowledged: number;
  /** Acknowledged and never arrived. */
  readonly lost: number;
  /** Arrived more than once. */
  readonly repeated: number;
}

/** Tracks for each event number whether it was acknowledged and how often it arrived. */
export interface DeliveryTracker {
  recordAcknowledged(seq: number): void;
  recordArrival(seq: number): void;
  /** Number of arrivals, including repeats. */
  arrivals(): number;
  counts(): LossCounts;
}

/** Creates a tracker. Events may arrive before their acknowledgement, or without one. */
export const createDeliveryTracker = (): DeliveryTracker => {
  const acknowledged = new Set<number>();
  const arrived = new Map<number, number>();
  let arrivals = 0;
  return {
    recordAcknowledged: (seq) => void acknowledged.add(seq),
    recordArrival(seq) {
      arrivals += 1;
      arrived.set(seq, (arrived.get(seq) ?? 0) + 1);
    },
    arrivals: () => arrivals,
    counts: () => ({
      acknowledged: acknowledged.size,
      lost: [...acknowledged].filter((seq) => !arrived.has(seq)).length,
      repeated: [...arrived.values()].filter((times) => times > 1).length,
    }),
  };
};
