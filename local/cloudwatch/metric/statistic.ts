import type { Series, StatisticSet, Values } from "./series.ts";

/** Reads one value from the samples of a time range; `undefined` when there are none. */
export interface Statistic {
  /** Whether it needs each value, not only the aggregate. */
  readonly needsValues: boolean;
  /** The percentile between 0 and 100 if it is one. */
  readonly percentile?: number;
  read(series: Series, from: number, to: number): number | undefined;
}

const aggregates: Readonly<Record<string, (set: StatisticSet) => number>> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

/**
 * Parses the name of a statistic: `Sum`, `p99`, `tm95`, `TM(10%:90%)`, `PR(:300)`, `IQM` and so on.
 * Fails with an error that names it if it does not exist.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export const parseStatistic = (name: string): Statistic => {
  const aggregate = aggregates[name];
  if (aggregate !== undefined) {
    return {
      needsValues: false,
      read(series, from, to) {
        const set = series.statistics(from, to);
        return set && aggregate(set);
      },
    };
  }
  const percentile = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1];
  if (percentile !== undefined) {
    const percent = Number(percentile);
    return { ...ofValues((sorted) => percentileOf(sorted, percent)), percentile: percent };
  }
  const bounds = boundsOf(name);
  const kind = kinds[name === "IQM" ? "TM" : name.slice(0, 2).toUpperCase()];
  if (bounds === undefined || kind === undefined) {
    throw new Error(`the statistic ${name} does not exist`);
  }
  return ofValues((sorted) => kind(sorted, bounds));
};

/** Values in ascending order, with their sample counts. */
type Sorted = readonly (readonly [value: number, count: number])[];

const ofValues = (read: (sorted: Sorted) => number | undefined): Statistic => ({
  needsValues: true,
  read(series, from, to) {
    const values = series.values(from, to);
    if (values === undefined) return undefined;
    const sorted = sortedValues(values);
    // These statistics are not available when a value is negative.
    return (sorted[0]?.[0] ?? 0) < 0 ? undefined : read(sorted);
  },
});

const sortedValues = (values: Values): Sorted =>
  [...values].toSorted(([one], [other]) => one - other);

const countOf = (sorted: Sorted): number => sorted.reduce((sum, [, count]) => sum + count, 0);
const sumOf = (sorted: Sorted): number =>
  sorted.reduce((sum, [value, count]) => sum + value * count, 0);

/**
 * The smallest value that is at least as high as this percentage of the samples (nearest rank). AWS
 * does not document how it interpolates.
 */
const percentileOf = (sorted: Sorted, percent: number): number | undefined => {
  const rank = Math.max(1, Math.ceil((countOf(sorted) * percent) / 100 - 1e-9));
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= rank) return value;
  }
  return undefined;
};

interface Bounds {
  readonly isPercent: boolean;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

const boundsOf = (name: string): Bounds | undefined => {
  if (name === "IQM") return { isPercent: true, low: 25, high: 75 };
  const [, short] = /^(?:tm|tc|ts|wm)(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name) ?? [];
  if (short !== undefined) return { isPercent: true, low: undefined, high: Number(short) };
  const number = String.raw`(-?\d+(?:\.\d{1,10})?)?(%?)`;
  const [, low, lowUnit, high, highUnit] =
    new RegExp(`^(?:TM|TC|TS|WM|PR)\\(${number}:${number}\\)$`).exec(name) ?? [];
  if (low === undefined && high === undefined) return undefined;
  const units = new Set([low && lowUnit, high && highUnit].filter((unit) => unit !== undefined));
  // A percentile rank has values as bounds.
  if (units.size !== 1 || (name.startsWith("PR") && units.has("%"))) return undefined;
  const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  return { isPercent: units.has("%"), low: numberOf(low), high: numberOf(high) };
};

/** The samples between the bounds: more than the lower one, and at most the upper one. */
const trim = (sorted: Sorted, { isPercent, low, high }: Bounds): Sorted => {
  if (!isPercent) {
    const [above, most] = [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY];
    return sorted.filter(([value]) => value > above && value <= most);
  }
  const total = countOf(sorted);
  const from = (total * (low ?? 0)) / 100;
  const to = (total * (high ?? 100)) / 100;
  let seen = 0;
  return sorted.flatMap(([value, count]): [number, number][] => {
    const kept = Math.min(seen + count, to) - Math.max(seen, from);
    seen += count;
    return kept > 1e-9 ? [[value, kept]] : [];
  });
};

const mean = (sorted: Sorted): number | undefined =>
  sorted.length === 0 ? undefined : sumOf(sorted) / countOf(sorted);

const kinds: Readonly<Record<string, (sorted: Sorted, bounds: Bounds) => number | undefined>> = {
  TM: (sorted, bounds) => mean(trim(sorted, bounds)),
  TC: (sorted, bounds) => countOf(trim(sorted, bounds)),
  TS: (sorted, bounds) => sumOf(trim(sorted, bounds)),
  PR: (sorted, bounds) => (100 * countOf(trim(sorted, bounds))) / countOf(sorted),
  WM(sorted, bounds) {
    const kept = trim(sorted, bounds);
    const [first, last] = [kept[0]?.[0], kept.at(-1)?.[0]];
    if (first === undefined || last === undefined) return undefined;
    // Values outside of the bounds count as the value at the bound.
    return mean(
      sorted.map(([value, count]) => [Math.min(Math.max(value, first), last), count] as const),
    );
  },
};
