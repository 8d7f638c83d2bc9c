import type { MetricDataQuery } from "../alarm/input.ts";
import { type CompiledQuery, compileQuery, runQuery } from "../alarm/source.ts";
import type { Grid, TimeSeries } from "../math/value.ts";
import type { Metric } from "../metric/metric.ts";
import type { MetricStore } from "../metric/metricStore.ts";
import { invalidParameter, validationError } from "./errors.ts";
import type { Input } from "./inputs.ts";

interface Deps {
  readonly store: Pick<MetricStore, "find" | "select">;
  readonly quotaOf: (metric: Metric) => number | undefined;
}

/**
 * The operation `GetMetricData`, without pages: a request for more than `MaxDatapoints` is refused.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export const getMetricData = (deps: Deps, input: Input<"GetMetricData">): object => {
  const { MetricDataQueries: queries, StartTime, EndTime, ScanBy, MaxDatapoints } = input;
  if (StartTime >= EndTime) throw validationError("StartTime must be before EndTime.");
  const query = compiled(queries);
  const [common] = query.periods.values();
  let points = 0;
  const results = queries
    .filter(({ ReturnData }) => ReturnData)
    .flatMap((each) => {
      const seconds = each.MetricStat?.Period ?? each.Period ?? common;
      if (seconds === undefined) throw validationError(`${each.Id}: Period is missing.`);
      const grid = gridBetween(StartTime, EndTime, seconds * 1_000);
      points += grid.starts.length;
      if (points > MaxDatapoints) {
        throw validationError(`The request is for more than ${MaxDatapoints} data points.`);
      }
      return resultsOf(each, { query, grid, deps, isAscending: ScanBy === "TimestampAscending" });
    });
  return { MetricDataResults: results, Messages: [] };
};

const compiled = (queries: readonly MetricDataQuery[]): CompiledQuery => {
  try {
    return compileQuery(queries);
  } catch (error) {
    throw invalidParameter(error instanceof Error ? error.message : String(error));
  }
};

/** "Start time less than 15 days ago - Round down to the nearest whole minute." */
const gridBetween = (start: number, end: number, periodMs: number): Grid => {
  const first = start - (start % 60_000);
  const starts: number[] = [];
  for (let at = first; at < end && starts.length <= 100_800; at += periodMs) starts.push(at);
  return { starts, periodMs };
};

interface ResultDeps {
  readonly query: CompiledQuery;
  readonly grid: Grid;
  readonly deps: Deps;
  readonly isAscending: boolean;
}

const resultsOf = (
  { Id, Label, MetricStat }: MetricDataQuery,
  { query, grid, deps, isAscending }: ResultDeps,
): readonly object[] => {
  const { value, isPartial } = evaluated(() => runQuery(query, Id, { ...deps, grid }));
  if (typeof value === "number") throw invalidParameter(`${Id}: the result must be a time series.`);
  const all = value.kind === "list" ? value.series : [value];
  return all.map((series) => {
    const found = [...grid.starts.keys()].flatMap((at) => {
      const point = series.points[at];
      return point === undefined ? [] : [{ at: new Date(grid.starts[at] ?? 0), point }];
    });
    if (!isAscending) found.reverse();
    return {
      Id,
      Label: Label ?? labelOf(series, MetricStat?.Metric.MetricName ?? Id),
      Timestamps: found.map(({ at }) => at),
      Values: found.map(({ point }) => point),
      StatusCode: isPartial ? "PartialData" : "Complete",
    };
  });
};

const labelOf = ({ labels }: TimeSeries, otherwise: string): string => {
  const group = Object.values(labels ?? {}).join(" ");
  return group === "" ? otherwise : group;
};

const evaluated = <T>(run: () => T): T => {
  try {
    return run();
  } catch (error) {
    throw invalidParameter(error instanceof Error ? error.message : String(error));
  }
};
