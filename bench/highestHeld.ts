import type { Arrivals } from "./arrivals.ts";
import { growthPartMax, type Highest, highestRate, type Probe } from "./highestRate.ts";
import { measure } from "./measure.ts";
import { rateMax } from "./options.ts";
import type { Publishers } from "./publishers.ts";

interface Plan {
  readonly from: number;
  readonly seconds: number;
  readonly probesMax: number;
}

/**
 * The highest rate that a system holds: nothing is lost, and in the second half of the time the events that
 * are due and have not arrived do not become more.
 */
export const highestHeld = async (
  publishers: Publishers,
  arrivals: Arrivals,
  { from, seconds, probesMax }: Plan,
): Promise<Highest> => {
  const once = async (rate: number): Promise<Probe> => {
    const { run, published, backlogGrowth } = await measure(publishers, arrivals, {
      rate,
      seconds,
    });
    const { lost } = arrivals.round(run, published);
    return { rate, backlogGrowth, holds: lost === 0 && backlogGrowth < rate * growthPartMax };
  };
  // Twice, because other work on this machine fails a rate as well.
  const probe = async (rate: number): Promise<Probe> => {
    const first = await once(rate);
    return first.holds ? first : await once(rate);
  };
  return await highestRate(probe, { from, max: rateMax, probesMax });
};
