import { validationFailure } from "../input/readInput.ts";
import { dayMs, hourMs } from "../platform/durations.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { countNames, type DeliveryCounts } from "./countDeliveries.ts";
import {
  ledgerBucketMs,
  ledgerDays,
  seriesAtOnceMax,
  seriesPointsMax,
  seriesRowsMax,
} from "./limits.ts";
import type { LedgerRows } from "./ports.ts";

/** The lengths of a step, in seconds: a minute, five minutes, an hour, a day in UTC. */
export const seriesSteps = [60, 300, 3_600, 86_400] as const;

export type SeriesStep = (typeof seriesSteps)[number];

/** The counts of deliveries by time. */
export interface Series {
  /** In seconds. */
  readonly step: SeriesStep;
  /** The names of the values of a point. */
  readonly names: readonly (keyof DeliveryCounts)[];
  /** The start of each step in seconds since 1970, and its values in the order of the names. */
  readonly points: readonly (readonly number[])[];
}

interface Wanted {
  /** In milliseconds since 1970. By default, the series ends now. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** By default, the shortest step with which the series has at most `seriesPointsMax` points. */
  readonly step?: SeriesStep | undefined;
}

/**
 * The deliveries of some integrations by the time at which their events were accepted, by default
 * of the last day. Steps without deliveries have zeros. Reads the rows that the ledger writes
 * anyway: one for each integration, ten minutes and region. Fails with `invalid_request` if the
 * series has too many points, or needs more than `seriesRowsMax` rows.
 */
export const readSeries = async (
  integrations: readonly string[],
  wanted: Wanted,
  { rows, now }: { rows: Pick<LedgerRows, "minutes">; now: () => number },
): Promise<Series> => {
  const { step, from, to } = rangeOf(wanted, now());
  const buckets = Math.ceil((to - from) / ledgerBucketMs) + 1;
  if (integrations.length * buckets > seriesRowsMax) {
    const hours = Math.floor((seriesRowsMax / integrations.length - 1) * (ledgerBucketMs / hourMs));
    throw validationFailure([
      `since and until: too far apart for ${integrations.length} integrations together: at most ${hours} hours, or name one integration`,
    ]);
  }
  const stepMs = step * 1_000;
  const points = Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, i) => [
    (from + i * stepMs) / 1_000,
    ...countNames.map(() => 0),
  ]);
  await mapConcurrently(integrations, seriesAtOnceMax, async (integration) => {
    for (const { at, counts } of await rows.minutes(integration, { from, to })) {
      const point = points[Math.floor((at - from) / stepMs)];
      if (point === undefined) continue;
      for (const [i, name] of countNames.entries())
        point[i + 1] = (point[i + 1] ?? 0) + counts[name];
    }
  });
  return { step, names: countNames, points };
};

/** The range from the start of a step, in milliseconds since 1970. */
const rangeOf = ({ since, until, step: given }: Wanted, now: number) => {
  const to = Math.min(until ?? now, now);
  const begin = Math.max(since ?? to - dayMs, now - ledgerDays * dayMs);
  if (begin >= to) throw validationFailure(["since: must be earlier than until, and in the past"]);
  const isFine = (one: SeriesStep): boolean => (to - begin) / (one * 1_000) <= seriesPointsMax;
  const step = given ?? seriesSteps.find(isFine) ?? 86_400;
  if (!isFine(step)) {
    const hours = (seriesPointsMax * step) / 3_600;
    throw validationFailure([
      `step: a series has at most ${seriesPointsMax} points: with ${step} seconds, at most ${hours} hours`,
    ]);
  }
  return { step, from: Math.floor(begin / (step * 1_000)) * step * 1_000, to };
};
