/** One step of the search. */
export interface Probe {
  readonly rate: number;
  readonly holds: boolean;
  /** Events a second by which the backlog grew. */
  readonly backlogGrowth: number;
}

export interface Highest {
  /** The highest rate that held; 0 when none did. */
  readonly rate: number;
  readonly probes: readonly Probe[];
}

interface Bounds {
  readonly from: number;
  readonly max: number;
  readonly probesMax: number;
}

const stepUp = 1.5;
const roundTo = 50;

/** A backlog that grows by less than this part of the rate is noise, not growth. */
export const growthPartMax = 0.02;

/**
 * Looks for the highest rate that holds: half as much again until one does not, then the middle between the
 * best that held and the worst that did not.
 */
export const highestRate = async (
  probe: (rate: number) => Promise<Probe>,
  { from, max, probesMax }: Bounds,
): Promise<Highest> => {
  const probes: Probe[] = [];
  let held = 0;
  let failed = Number.POSITIVE_INFINITY;
  let rate = Math.min(from, max);
  while (probes.length < probesMax && rate > held && rate < failed) {
    const done = await probe(rate);
    probes.push(done);
    if (done.holds) held = rate;
    else failed = rate;
    const next = failed === Number.POSITIVE_INFINITY ? rate * stepUp : (held + failed) / 2;
    rate = Math.min(max, Math.round(next / roundTo) * roundTo);
  }
  return { rate: held, probes };
};
