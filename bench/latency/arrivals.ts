/** Outcome of one round's events. */
export interface Round {
  /** Latency of the first arrival of each event, in the order of arrival. */
  readonly latenciesMs: readonly number[];
  readonly lost: number;
  readonly duplicated: number;
}

interface Arrival {
  readonly seq: number;
  readonly latencyMs: number;
}

/** Counts arrivals by round. A late arrival counts for the round that published it. */
export interface Arrivals {
  /** Starts a round and returns its number. */
  startRound(): number;
  record(run: number, arrival: Arrival): void;
  /** Counts the distinct events of a round that have arrived. */
  distinct(run: number): number;
  /** Returns the outcome of a round of `published` events. */
  round(run: number, published: number): Round;
}

/** Creates a counter. `firstRun` is the number of its first round. */
export const createArrivals = (firstRun = 0): Arrivals => {
  const runs = new Map<number, { seen: Set<number>; latenciesMs: number[]; duplicated: number }>();
  return {
    startRound() {
      const run = firstRun + runs.size;
      runs.set(run, { seen: new Set(), latenciesMs: [], duplicated: 0 });
      return run;
    },
    record(run, { seq, latencyMs }) {
      const of = runs.get(run);
      if (of === undefined) return;
      if (of.seen.has(seq)) {
        of.duplicated += 1;
        return;
      }
      of.seen.add(seq);
      of.latenciesMs.push(latencyMs);
    },
    distinct: (run) => runs.get(run)?.seen.size ?? 0,
    round(run, published) {
      const { seen, latenciesMs, duplicated } = runs.get(run) ?? {
        seen: new Set(),
        latenciesMs: [],
        duplicated: 0,
      };
      return { latenciesMs, lost: published - seen.size, duplicated };
    },
  };
};
