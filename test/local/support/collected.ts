import type { MetricDatum, MetricSource } from "../../../local/cloudwatch/metricSink.ts";

/** The time that every collected value has. */
export const periodStart = Date.UTC(2026, 0, 1);

/** The values of one collection. */
export const collected = (source: MetricSource): MetricDatum[] => {
  const data: MetricDatum[] = [];
  source.collect({ put: (datum) => data.push(datum) }, periodStart);
  return data;
};

/** The sum of each metric with these dimensions, by name. */
export const sumsOf = (
  data: readonly MetricDatum[],
  dimensions: Readonly<Record<string, string>>,
): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { name, value, count = 1, dimensions: own } of data) {
    if (JSON.stringify(own) !== JSON.stringify(dimensions)) continue;
    sums[name] = (sums[name] ?? 0) + value * count;
  }
  return sums;
};
