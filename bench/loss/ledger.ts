/** What became of one target's events. */
export interface Counts {
  /** That the broker took responsibility for. */
  readonly acknowledged: number;
  /** Acknowledged, and never arrived. */
  readonly lost: number;
  /** Arrived more than once. */
  readonly repeated: number;
}

/** Says of each event, by its number, whether it was acknowledged and how often it arrived. */
export interface Ledger {
  acknowledge(seq: number): void;
  arrive(seq: number): void;
  /** How often anything has arrived. */
  arrivals(): number;
  counts(): Counts;
}

/** A ledger with nothing in it. What arrives may do so before its acknowledgement, or without one. */
export const openLedger = (): Ledger => {
  const acknowledged = new Set<number>();
  const arrived = new Map<number, number>();
  let arrivals = 0;
  return {
    acknowledge: (seq) => void acknowledged.add(seq),
    arrive(seq) {
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
