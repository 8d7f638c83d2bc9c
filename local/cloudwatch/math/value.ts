import type { Datapoint } from "../alarm/evaluate.ts";
import type { Metric } from "../metric/metric.ts";

/** The periods of a query, which are equally long and follow each other. */
export interface Grid {
  /** Their starts, oldest first, in ms since 1970. */
  readonly starts: readonly number[];
  readonly periodMs: number;
}

/** A time series: one data point for each period of a grid. */
export interface TimeSeries {
  readonly kind: "series";
  readonly points: readonly Datapoint[];
  /** The metric of the series, if it is not the result of an expression. */
  readonly metric?: Metric;
  /** The values of the labels of a `GROUP BY`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** An array of time series. */
export interface SeriesList {
  readonly kind: "list";
  readonly series: readonly TimeSeries[];
}

/** A result of an expression: the types S, TS and TS[] of AWS's documentation. */
export type MathValue = number | TimeSeries | SeriesList;

export const seriesOf = (points: readonly Datapoint[]): TimeSeries => ({ kind: "series", points });

/** Applies a function to each time series of a value. */
export const mapSeries = (
  value: MathValue,
  map: (points: readonly Datapoint[]) => readonly Datapoint[],
): MathValue => {
  if (typeof value === "number") {
    throw new Error("a number is given where a time series is expected");
  }
  if (value.kind === "series") return { ...withoutMetric(value), points: map(value.points) };
  return {
    kind: "list",
    series: value.series.map((each) => ({ ...withoutMetric(each), points: map(each.points) })),
  };
};

/** The result of a function is no metric any more; the labels of a group stay. */
const withoutMetric = ({ kind, points, labels }: TimeSeries): TimeSeries =>
  labels === undefined ? { kind, points } : { kind, points, labels };
