import * as z from "zod/mini";
import { judgedFrom, windowMax } from "../limits.ts";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());
const count = z.int().check(z.nonnegative());

/**
 * The slots of a release in one region: the devices that it has offered the update to and that are
 * not assessed yet. Only that region writes it. A device is offered the update after it is in
 * `admitted`: workers cannot exceed `allowed` together.
 */
export const pace = z.object({
  release: text,
  region: text,
  /** The region's share of the window. */
  allowed: count,
  admitted: z.readonly(z.array(z.object({ device: text, at: time }))),
  /** Offers pause, because devices that were not updated fail too. */
  paused: z.optional(z.object({ at: time, reason: z.string() })),
  /** When devices without the update last failed too: until then, silence is no evidence. */
  outageAt: z.optional(time),
  /** The time of the controller's last run. */
  at: time,
  /** The number of writes: the condition of the next write (optimistic locking). */
  revision: z.int(),
});

export type Pace = z.output<typeof pace>;

/** An assessment of a device: the time, and whether it was healthy. */
export interface Assessment {
  readonly device: string;
  readonly at: number;
  readonly isHealthy: boolean;
}

/**
 * The window of a release: how many devices of all regions may be offered the update and not be
 * assessed yet. It starts at `judgedFrom`, doubles after as many healthy assessments in sequence,
 * and starts again after a failure. A pure function of the set of assessments.
 */
export const windowAfter = (assessments: readonly Assessment[]): number => {
  let window = judgedFrom;
  let healthy = 0;
  for (const { isHealthy } of assessments.toSorted(byTime)) {
    healthy = isHealthy ? healthy + 1 : 0;
    if (!isHealthy) window = judgedFrom;
    else if (healthy >= window) {
      window = Math.min(window * 2, windowMax);
      healthy = 0;
    }
  }
  return window;
};

const byTime = (one: Assessment, other: Assessment): number =>
  one.at - other.at || (one.device < other.device ? -1 : 1);

/**
 * The share of each region in a window, by the number of its devices (largest remainder). The sum
 * of the shares is the window.
 */
export const shareWindow = (
  window: number,
  places: Readonly<Record<string, number>>,
  regions: readonly string[],
): ReadonlyMap<string, number> => {
  const sorted = [...new Set(regions)].toSorted();
  const weights = sorted.map((region) => places[region] ?? 0);
  const sum = weights.reduce((one, other) => one + other, 0);
  const exact = weights.map((weight) =>
    sum === 0 ? window / sorted.length : (window * weight) / sum,
  );
  const shares = exact.map(Math.floor);
  let left = window - shares.reduce((one, other) => one + other, 0);
  const byRemainder = sorted
    .map((_, i) => i)
    .toSorted((a, b) => remainder(exact, b) - remainder(exact, a) || a - b);
  for (const i of byRemainder) {
    if (left <= 0) break;
    shares[i] = (shares[i] ?? 0) + 1;
    left -= 1;
  }
  return new Map(sorted.map((region, i) => [region, shares[i] ?? 0]));
};

const remainder = (exact: readonly number[], i: number): number => (exact[i] ?? 0) % 1;
