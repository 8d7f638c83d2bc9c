import type { Datapoint } from "../alarm/evaluate.ts";
import type { Metric } from "../metric/metric.ts";
import {
  type Grid,
  type MathValue,
  mapSeries,
  type SeriesList,
  seriesOf,
  type TimeSeries,
} from "./value.ts";

/** What functions need beside their arguments. */
export interface FunctionContext {
  readonly grid: Grid;
  /** The service quota of a usage metric; `undefined` if it has none. */
  readonly quotaOf: (metric: Metric) => number | undefined;
}

/** An argument: a value, or an option such as `REPEAT`. */
export type Argument = MathValue | { readonly kind: "word"; readonly word: string };

type MathFunction = (args: readonly Argument[], context: FunctionContext) => MathValue;

/** The functions that are supported, by their names. METRICS is not one: it reads the query. */
export const functionOf = (name: string): MathFunction => {
  const found = functions[name];
  if (found !== undefined) return found;
  const known = Object.keys(functions).sort().join(", ");
  throw new Error(`the metric math function ${name} is not supported here; supported are ${known}`);
};

const valueIn = (args: readonly Argument[], at = 0): MathValue => {
  const given = args[at];
  if (given === undefined) throw new Error(`argument ${at + 1} is missing`);
  if (typeof given !== "number" && given.kind === "word") {
    throw new Error(`${given.word} is given where a value is expected`);
  }
  return given;
};

const seriesIn = (args: readonly Argument[], at = 0): TimeSeries => {
  const value = valueIn(args, at);
  if (typeof value !== "number" && value.kind === "series") return value;
  throw new Error(`argument ${at + 1} must be one time series`);
};

const listIn = (args: readonly Argument[], at = 0): SeriesList => {
  const value = valueIn(args, at);
  if (typeof value !== "number" && value.kind === "list") return value;
  throw new Error(`argument ${at + 1} must be an array of time series`);
};

const present = (points: readonly Datapoint[]): number[] =>
  points.filter((value) => value !== undefined);

/** Changes each data point. A result that is no number is dropped. */
const eachPoint =
  (change: (value: number) => number): MathFunction =>
  (args) =>
    mapSeries(valueIn(args), (points) =>
      points.map((value) => {
        const changed = value === undefined ? undefined : change(value);
        return changed !== undefined && Number.isFinite(changed) ? changed : undefined;
      }),
    );

/**
 * "The SUM of a single time series returns a scalar", that of an array "returns a single time
 * series". `aggregate` never receives an empty list.
 */
const aggregated =
  (aggregate: (values: readonly number[], count: number) => number): MathFunction =>
  (args, { grid }) => {
    const value = valueIn(args);
    if (typeof value === "number") return value;
    if (value.kind === "series") {
      const values = present(value.points);
      return values.length === 0 ? Number.NaN : aggregate(values, values.length);
    }
    return seriesOf(
      grid.starts.map((_, at) => {
        const values = present(value.series.map(({ points }) => points[at]));
        return values.length === 0 ? undefined : aggregate(values, value.series.length);
      }),
    );
  };

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);

const deviation = (values: readonly number[]): number => {
  const average = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - average) ** 2)) / values.length);
};

/** Calculates from each data point and the one before it, which can be some periods earlier. */
const difference =
  (calculate: (change: number, seconds: number) => number): MathFunction =>
  (args, { grid }) =>
    mapSeries(valueIn(args), (points) => {
      let before: { value: number; at: number } | undefined;
      return points.map((value, at) => {
        if (value === undefined) return undefined;
        const earlier = before;
        before = { value, at };
        if (earlier === undefined) return undefined;
        const seconds = ((at - earlier.at) * grid.periodMs) / 1_000;
        return calculate(value - earlier.value, seconds);
      });
    });

const fill: MathFunction = (args) => {
  const filler = args[1];
  if (filler === undefined) throw new Error("FILL needs a filler");
  return mapSeries(valueIn(args), (points) => filled(points, filler));
};

const filled = (points: readonly Datapoint[], filler: Argument): readonly Datapoint[] => {
  if (typeof filler === "number") return points.map((value) => value ?? filler);
  if (filler.kind === "series") return points.map((value, at) => value ?? filler.points[at]);
  if (filler.kind === "list") throw new Error("FILL cannot fill with an array of time series");
  switch (filler.word) {
    case "REPEAT": {
      let last: Datapoint;
      return points.map((value) => {
        last = value ?? last;
        return last;
      });
    }
    case "LINEAR":
      return points.map((value, at) => value ?? between(points, at));
    default:
      throw new Error(`FILL cannot fill with ${filler.word}`);
  }
};

/** The value on the line between the nearest data points; `undefined` at an end. */
const between = (points: readonly Datapoint[], at: number): Datapoint => {
  const before = points.findLastIndex((value, index) => index < at && value !== undefined);
  const after = points.findIndex((value, index) => index > at && value !== undefined);
  const [low, high] = [points[before], points[after]];
  if (low === undefined || high === undefined) return undefined;
  return low + ((high - low) * (at - before)) / (after - before);
};

/**
 * "The condition evaluates to FALSE if the value of the condition data point is 0." A data point
 * without a condition, or without a value for the branch FALSE, is dropped.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#using-IF-expressions
 */
const choose: MathFunction = (args, { grid }) => {
  const condition = scalarOrSeries(args, 0);
  const yes = scalarOrSeries(args, 1);
  const no = args.length > 2 ? scalarOrSeries(args, 2) : undefined;
  const at = (value: number | TimeSeries | undefined, index: number): Datapoint =>
    typeof value === "number" ? value : value?.points[index];
  return seriesOf(
    grid.starts.map((_, index) => {
      const holds = at(condition, index);
      if (holds === undefined) return undefined;
      // "has the value of 0, if … TRUE and the corresponding data point does not exist"
      if (holds !== 0) return at(yes, index) ?? (typeof condition === "number" ? undefined : 0);
      return at(no, index);
    }),
  );
};

const scalarOrSeries = (args: readonly Argument[], at: number): number | TimeSeries => {
  const value = valueIn(args, at);
  if (typeof value === "number" || value.kind === "series") return value;
  throw new Error(`argument ${at + 1} must be a number or one time series`);
};

const runningSum: MathFunction = (args) =>
  mapSeries(valueIn(args), (points) => {
    let all = 0;
    return points.map((value) => {
      if (value === undefined) return undefined;
      all += value;
      return all;
    });
  });

const quota: MathFunction = (args, { grid, quotaOf }) => {
  const { metric } = seriesIn(args);
  const found = metric && quotaOf(metric);
  if (found === undefined) {
    const name = metric ? `${metric.namespace} ${metric.name}` : "the result of an expression";
    throw new Error(`SERVICE_QUOTA: the quota of ${name} is not known here`);
  }
  return seriesOf(grid.starts.map(() => found));
};

const functions: Readonly<Record<string, MathFunction>> = {
  ABS: eachPoint(Math.abs),
  CEIL: eachPoint(Math.ceil),
  FLOOR: eachPoint(Math.floor),
  LOG: eachPoint(Math.log),
  LOG10: eachPoint(Math.log10),
  SUM: aggregated(sum),
  // "Missing values are treated as 0."
  AVG: aggregated((values, count) => sum(values) / count),
  MIN: aggregated((values) => Math.min(...values)),
  MAX: aggregated((values) => Math.max(...values)),
  STDDEV: aggregated(deviation),
  DATAPOINT_COUNT: aggregated((values) => values.length),
  DIFF: difference((change) => change),
  DIFF_TIME: difference((_, seconds) => seconds),
  RATE: difference((change, seconds) => change / seconds),
  FILL: fill,
  IF: choose,
  RUNNING_SUM: runningSum,
  SERVICE_QUOTA: quota,
  FIRST: (args) => listIn(args).series[0] ?? seriesOf([]),
  LAST: (args) => listIn(args).series.at(-1) ?? seriesOf([]),
  METRIC_COUNT: (args) => listIn(args).series.length,
  REMOVE_EMPTY: (args) => ({
    kind: "list",
    series: listIn(args).series.filter(({ points }) => present(points).length > 0),
  }),
  PERIOD(args, { grid }) {
    // "Valid input is metrics, not the results of other expressions."
    if (seriesIn(args).metric === undefined) throw new Error("PERIOD needs a metric");
    return grid.periodMs / 1_000;
  },
  TIME_SERIES(args, { grid }) {
    const value = valueIn(args);
    if (typeof value !== "number") throw new Error("TIME_SERIES needs a number");
    return seriesOf(grid.starts.map(() => (Number.isFinite(value) ? value : undefined)));
  },
};
