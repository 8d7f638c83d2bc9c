import { validationFailure } from "../input/readInput.ts";
import { dayMs, hourMs } from "../platform/durations.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { countNames } from "./countDeliveries.ts";
import {
  ledgerBucketMs,
  ledgerDays,
  seriesAtOnceMax,
  seriesPointsMax,
  seriesRowsMax,
} from "./limits.ts";
import type { LedgerRows } from "./ports.ts";
import { type Traffic, type TrafficOf, trafficNames } from "./traffic.ts";

/** The lengths of a step, in seconds: a minute, five minutes, an hour, a day in UTC. */
export const seriesSteps = [60, 300, 3_600, 86_400] as const;

export type SeriesStep = (typeof seriesSteps)[number];

/** Counts by time. */
export interface Series {
  /** In seconds. */
  readonly step: SeriesStep;
  /** The names of the values of a point. */
  readonly names: readonly string[];
  /** The start of each step in seconds since 1970, and its values in the order of the names. */
  readonly points: readonly (readonly number[])[];
}

/** The time span and the step of a series. */
export interface Wanted {
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
  const points = emptyPoints({ step, from, to }, countNames.length);
  await mapConcurrently(integrations, seriesAtOnceMax, async (integration) => {
    for (const { at, counts } of await rows.minutes(integration, { from, to })) {
      const values = countNames.map((name) => counts[name]);
      addToPoint(points, Math.floor((at - from) / (step * 1_000)), values);
    }
  });
  return { step, names: countNames, points };
};

/**
 * The events or the calls of a fleet, or the calls of a device, by time. Reads a row for each hour
 * and region. Fails with `invalid_request` if the series has too many points.
 */
export const readTraffic = async (
  of: TrafficOf,
  wanted: Wanted,
  { traffic, now }: { traffic: Pick<Traffic, "minutes">; now: () => number },
): Promise<Series> => {
  const range = rangeOf(wanted, now());
  const names = trafficNames[of.metric];
  const points = emptyPoints(range, names.length);
  for (const { at, counts } of await traffic.minutes(of, range)) {
    addToPoint(points, Math.floor((at - range.from) / (range.step * 1_000)), counts);
  }
  return { step: range.step, names, points };
};

/** Times in milliseconds since 1970, and a step in seconds. */
export interface Range {
  readonly step: SeriesStep;
  readonly from: number;
  readonly to: number;
}

const emptyPoints = ({ step, from, to }: Range, values: number): number[][] =>
  Array.from({ length: Math.ceil((to - from) / (step * 1_000)) }, (_, i) => [
    from / 1_000 + i * step,
    ...Array<number>(values).fill(0),
  ]);

const addToPoint = (points: number[][], i: number, values: readonly number[]): void => {
  const point = points[i];
  if (point === undefined) return;
  for (const [n, value] of values.entries()) point[n + 1] = (point[n + 1] ?? 0) + value;
};

/** The range from the start of a step, in milliseconds since 1970. */
export const rangeOf = ({ since, until, step: given }: Wanted, now: number): Range => {
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
