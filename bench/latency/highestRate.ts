import { rateMax } from "../limits.ts";
import type { Arrivals } from "./arrivals.ts";
import { measure } from "./measure.ts";
import type { Publishers } from "./publishers.ts";

/** One step of the search. */
export interface Probe {
  /** Events a second. */
  readonly rate: number;
  /** No event was lost, and the backlog grew by less than `backlogGrowthMax` of the rate. */
  readonly isSustained: boolean;
  /** Events a second by which the backlog grew in the second half of the time. */
  readonly backlogGrowth: number;
}

export interface HighestRate {
  /** The highest sustained rate, in events a second; 0 if no probe was sustained. */
  readonly rate: number;
  readonly probes: readonly Probe[];
}

interface Plan {
  /** The first rate to try. */
  readonly from: number;
  readonly seconds: number;
  readonly probesMax: number;
}

/** A backlog that grows by less than this fraction of the rate is noise, not growth. */
export const backlogGrowthMax = 0.02;

/**
 * Measures the highest sustained rate of a system. The backlog is the events due and not arrived.
 */
export const measureHighestRate = async (
  publishers: Publishers,
  arrivals: Arrivals,
  { from, seconds, probesMax }: Plan,
): Promise<HighestRate> => {
  const probeOnce = async (rate: number): Promise<Probe> => {
    const { run, published, backlogGrowth } = await measure(publishers, arrivals, {
      rate,
      seconds,
    });
    const { lost } = arrivals.round(run, published);
    const isSustained = lost === 0 && backlogGrowth < rate * backlogGrowthMax;
    return { rate, backlogGrowth, isSustained };
  };
  // A failed probe is repeated once, because other processes on this machine can fail it as well.
  const probe = async (rate: number): Promise<Probe> => {
    const first = await probeOnce(rate);
    return first.isSustained ? first : await probeOnce(rate);
  };
  return await findHighestRate(probe, { from, max: rateMax, probesMax });
};

interface Bounds {
  readonly from: number;
  readonly max: number;
  readonly probesMax: number;
}

const stepUp = 1.5;
const roundTo = 50;

/**
 * Finds the highest sustained rate: increases the rate by half until a probe fails, then bisects
 * between the highest sustained rate and the lowest failed rate.
 */
export const findHighestRate = async (
  probe: (rate: number) => Promise<Probe>,
  { from, max, probesMax }: Bounds,
): Promise<HighestRate> => {
  const probes: Probe[] = [];
  let sustained = 0;
  let failed = Number.POSITIVE_INFINITY;
  let rate = Math.min(from, max);
  while (probes.length < probesMax && rate > sustained && rate < failed) {
    const done = await probe(rate);
    probes.push(done);
    if (done.isSustained) sustained = rate;
    else failed = rate;
    const next = failed === Number.POSITIVE_INFINITY ? rate * stepUp : (sustained + failed) / 2;
    rate = Math.min(max, Math.round(next / roundTo) * roundTo);
  }
  return { rate: sustained, probes };
};
