/** A fleet of the model, which stands for `alike` fleets of about its size. */
export interface ModelFleet {
  readonly name: string;
  readonly devices: number;
  readonly alike: number;
}

/** Fleets of very different sizes, the largest first. */
export interface Population {
  readonly devices: number;
  /** The number of fleets. */
  readonly number: number;
  readonly fleets: readonly ModelFleet[];
}

/** Devices of a fleet, on average. */
const devicesPerFleet = 1_000;
/** Fleets that stand for themselves; of the smaller ones, each stands for a hundred. */
const singleFleets = 200;
const groupedFleets = 100;

/** The name of the fleet of a rank, from 0. */
export const fleetName = (rank: number): string => `p${rank + 1}`;

/**
 * A population whose fleets follow Zipf's law: the fleet of rank `r` has `1 / r` of the devices of
 * the largest one. The numbers of devices are not rounded. Deterministic.
 */
export const zipfPopulation = (devices: number): Population => {
  const number = Math.max(1, Math.round(devices / devicesPerFleet));
  const shares = Array.from({ length: number }, (_, rank) => 1 / (rank + 1));
  const all = shares.reduce((sum, share) => sum + share, 0);
  const fleets: ModelFleet[] = [];
  for (let rank = 0; rank < number; ) {
    const alike = rank < singleFleets ? 1 : Math.min(groupedFleets, number - rank);
    const share = shares.slice(rank, rank + alike).reduce((sum, one) => sum + one, 0);
    fleets.push({ name: fleetName(rank), devices: (devices * share) / all / alike, alike });
    rank += alike;
  }
  return { devices, number, fleets };
};
