import { median, percentile } from "../statistics.ts";
import type { Arrivals } from "./arrivals.ts";
import { type Measurement, measure } from "./measure.ts";
import type { Publishers } from "./publishers.ts";

/** Result of a system at one rate. */
export interface RateResult {
  readonly system: string;
  readonly rate: number;
  /** Events of all rounds. */
  readonly published: number;
  /** From the due time of an event to its arrival at the target: medians of the rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time per event. Less sensitive to other processes than the latencies. */
  readonly cpuMsPerEvent: number;
  /** Resident memory after a round. */
  readonly memoryBytes: number;
  /** Sums of all rounds. */
  readonly lost: number;
  readonly duplicated: number;
}

interface Plan {
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
}

/**
 * Measures every system at every rate. The systems alternate within each round, so that other
 * processes on this machine affect all of them.
 */
export const measureRates = async (
  systems: readonly Publishers[],
  arrivals: Arrivals,
  { rates, seconds, rounds }: Plan,
): Promise<RateResult[]> => {
  const done: { system: string; rate: number; measured: Measurement }[] = [];
  for (const rate of rates) {
    for (let round = 0; round < rounds; round += 1) {
      for (const publishers of systems) {
        const measured = await measure(publishers, arrivals, { rate, seconds });
        done.push({ system: publishers.system.name, rate, measured });
      }
    }
  }
  return rates.flatMap((rate) =>
    systems.map(({ system: { name } }) => {
      const own = done.filter((one) => one.rate === rate && one.system === name);
      return {
        system: name,
        rate,
        ...summaryOf(
          own.map(({ measured }) => measured),
          arrivals,
        ),
      };
    }),
  );
};

/** Summarizes the rounds of one system at one rate: medians of the times, sums of the events. */
export const summaryOf = (
  measured: readonly Measurement[],
  arrivals: Pick<Arrivals, "round">,
): Omit<RateResult, "system" | "rate"> => {
  const rounds = measured.map(({ run, published }) => arrivals.round(run, published));
  return {
    published: measured.reduce((sum, { published }) => sum + published, 0),
    p50Ms: median(rounds.map(({ latenciesMs }) => percentile(latenciesMs, 0.5))),
    p99Ms: median(rounds.map(({ latenciesMs }) => percentile(latenciesMs, 0.99))),
    cpuMsPerEvent: median(measured.map(({ cpuMsPerEvent }) => cpuMsPerEvent)),
    memoryBytes: median(measured.map(({ memoryBytes }) => memoryBytes)),
    lost: rounds.reduce((sum, { lost }) => sum + lost, 0),
    duplicated: rounds.reduce((sum, { duplicated }) => sum + duplicated, 0),
  };
};
