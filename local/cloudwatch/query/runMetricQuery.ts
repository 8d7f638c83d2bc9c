import type { Datapoint } from "../alarm/evaluate.ts";
import { metricsMax, querySeriesMax } from "../limits.ts";
import type { Grid, TimeSeries } from "../math/value.ts";
import type { MetricStore } from "../metric/metricStore.ts";
import type { Series, StatisticSet } from "../metric/series.ts";
import type { Aggregate, MetricQuery } from "./metricQuery.ts";

/** The time series that a metric query returns. */
export interface QueryResult {
  /** Without `GROUP BY` at most one. Each has at least one data point. */
  readonly series: readonly TimeSeries[];
  /** Whether a limit was reached: not all data is in the result. */
  readonly isPartial: boolean;
}

/** The label value of metrics that do not have the dimension of a `GROUP BY`. */
const otherGroup = "Other";

/**
 * Runs a metric query on the periods of a grid. A group without a data point has no time series: "a
 * time series only exists when data is present".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
export const runMetricQuery = (
  query: MetricQuery,
  { store, grid }: { store: Pick<MetricStore, "select">; grid: Grid },
): QueryResult => {
  const matching = store
    .select(query.namespace, query.metricName)
    .filter(({ metric }) => matches(query, metric.dimensions));
  const read = matching.slice(0, metricsMax);
  const groups = new Map<string, { labels: Record<string, string>; members: Series[] }>();
  for (const series of read) {
    const labels = labelsOf(query, series.metric.dimensions);
    const key = Object.values(labels).join("\0");
    const group = groups.get(key) ?? { labels, members: [] };
    group.members.push(series);
    groups.set(key, group);
  }
  const all = [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { labels, members }]) => timeSeries(members, { labels, query, grid }))
    .filter(({ points }) => points.some((value) => value !== undefined));
  const series = ordered(all, query).slice(0, query.limit);
  const isPartial = matching.length > metricsMax || all.length > querySeriesMax;
  return { series, isPartial };
};

const matches = ({ schema, where }: MetricQuery, dimensions: Series["metric"]["dimensions"]) => {
  if (schema !== undefined) {
    const isExact =
      Object.keys(dimensions).length === schema.length &&
      schema.every((name) => dimensions[name] !== undefined);
    if (!isExact) return false;
  }
  // A metric without the label is not equal to any value.
  return where.every(({ label, isEqual, value }) => (dimensions[label] === value) === isEqual);
};

const labelsOf = (
  { groupBy }: MetricQuery,
  dimensions: Series["metric"]["dimensions"],
): Record<string, string> =>
  Object.fromEntries(groupBy.map((label) => [label, dimensions[label] ?? otherGroup]));

const timeSeries = (
  members: readonly Series[],
  { labels, query, grid }: { labels: Record<string, string>; query: MetricQuery; grid: Grid },
): TimeSeries => {
  const points = grid.starts.map((start): Datapoint => {
    const sets = members
      .map((series) => series.statistics(start, start + grid.periodMs))
      .filter((set) => set !== undefined);
    return sets.length === 0 ? undefined : aggregate[query.aggregate](sets);
  });
  return { kind: "series", points, labels };
};

const total = (sets: readonly StatisticSet[], of: "sum" | "count"): number =>
  sets.reduce((all, set) => all + set[of], 0);

const aggregate: Readonly<Record<Aggregate, (sets: readonly StatisticSet[]) => number>> = {
  SUM: (sets) => total(sets, "sum"),
  COUNT: (sets) => total(sets, "count"),
  AVG: (sets) => total(sets, "sum") / total(sets, "count"),
  MIN: (sets) => Math.min(...sets.map(({ min }) => min)),
  MAX: (sets) => Math.max(...sets.map(({ max }) => max)),
};

const ordered = (series: readonly TimeSeries[], { orderBy }: MetricQuery): TimeSeries[] => {
  if (orderBy === undefined) return [...series];
  const rank = ({ points }: TimeSeries): number => {
    const values = points.filter((value) => value !== undefined);
    const sum = values.reduce((all, each) => all + each, 0);
    switch (orderBy.aggregate) {
      case "SUM":
        return sum;
      case "COUNT":
        return values.length;
      case "AVG":
        return sum / values.length;
      case "MIN":
        return Math.min(...values);
      case "MAX":
        return Math.max(...values);
    }
  };
  const sign = orderBy.isDescending ? -1 : 1;
  return series.toSorted((one, other) => sign * (rank(one) - rank(other)));
};
