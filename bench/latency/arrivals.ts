/** What became of one round's events. */
export interface Round {
  /** Of each event that arrived, its first arrival, in the order of arrival. */
  readonly latenciesMs: readonly number[];
  readonly lost: number;
  readonly duplicated: number;
}

interface Arrival {
  readonly seq: number;
  readonly latencyMs: number;
}

/** Counts arrivals, round by round. A late arrival counts for the round that published it. */
export interface Arrivals {
  /** Begins a round and gives its number. */
  startRound(): number;
  record(run: number, arrival: Arrival): void;
  /** How many different events of a round have arrived. */
  distinct(run: number): number;
  /** What is known of a round in which `published` events were published. */
  round(run: number, published: number): Round;
}

/** Arrivals of one kind; `firstRun` keeps the rounds of two kinds apart. */
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
