import { alarmMetricsMax } from "../limits.ts";
import { evaluateMath } from "../math/evaluateMath.ts";
import { type Expression, idsOf } from "../math/expression.ts";
import { parseMath } from "../math/parse.ts";
import { type Grid, type MathValue, seriesOf, type TimeSeries } from "../math/value.ts";
import type { Metric } from "../metric/metric.ts";
import type { MetricStore } from "../metric/metricStore.ts";
import { parseStatistic, type Statistic } from "../metric/statistic.ts";
import { isMetricQuery, type MetricQuery, parseMetricQuery } from "../query/metricQuery.ts";
import { runMetricQuery } from "../query/runMetricQuery.ts";
import type { MetricDataQuery } from "./input.ts";

/** One element of a query: a metric with a statistic, a metric query or a math expression. */
type Element =
  | { readonly kind: "metric"; readonly metric: Metric; readonly statistic: Statistic }
  | { readonly kind: "query"; readonly query: MetricQuery }
  | { readonly kind: "math"; readonly expression: Expression };

/** Metrics, metric queries and expressions that refer to each other, by their ids. */
export interface CompiledQuery {
  readonly elements: ReadonlyMap<string, Element>;
  /** The period of an element in seconds, if it states one. */
  readonly periods: ReadonlyMap<string, number>;
}

/** What the evaluation of a query reads. */
export interface QueryDeps {
  readonly store: Pick<MetricStore, "find" | "select">;
  /** The service quota of a usage metric; `undefined` if it has none. */
  readonly quotaOf: (metric: Metric) => number | undefined;
}

/** Values of a query, and whether a limit of metric queries was reached. */
export interface QueryValues {
  readonly value: MathValue;
  readonly isPartial: boolean;
}

/** Parses the elements of a query. Fails with an error that names the element. */
export const compileQuery = (queries: readonly MetricDataQuery[]): CompiledQuery => {
  const elements = new Map<string, Element>();
  const periods = new Map<string, number>();
  for (const query of queries) {
    if (elements.has(query.Id)) throw new Error(`the id ${query.Id} is used twice`);
    elements.set(
      query.Id,
      named(query.Id, () => elementOf(query)),
    );
    const period = query.MetricStat?.Period ?? query.Period;
    if (period !== undefined) periods.set(query.Id, period);
  }
  for (const [id, element] of elements) {
    if (element.kind === "math") checkIds(id, { element, elements, path: [] });
  }
  return { elements, periods };
};

const elementOf = ({ Expression, MetricStat }: MetricDataQuery): Element => {
  if (MetricStat !== undefined) {
    const { Metric, Stat } = MetricStat;
    const dimensions = Object.fromEntries(
      Metric.Dimensions.map(({ Name, Value }) => [Name, Value]),
    );
    const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions };
    return { kind: "metric", metric, statistic: parseStatistic(Stat) };
  }
  const text = Expression ?? "";
  return isMetricQuery(text)
    ? { kind: "query", query: parseMetricQuery(text) }
    : { kind: "math", expression: parseMath(text) };
};

interface Checked {
  readonly element: Element;
  readonly elements: ReadonlyMap<string, Element>;
  readonly path: readonly string[];
}

const checkIds = (id: string, { element, elements, path }: Checked): void => {
  if (path.includes(id)) throw new Error(`${[...path, id].join(" needs ")}`);
  if (element.kind !== "math") return;
  for (const other of idsOf(element.expression)) {
    const found = elements.get(other);
    if (found === undefined) throw new Error(`${id}: there is no metric with the id ${other}`);
    checkIds(other, { element: found, elements, path: [...path, id] });
  }
};

const named = <T>(id: string, run: () => T): T => {
  try {
    return run();
  } catch (cause) {
    throw new Error(`${id}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
};

/** Evaluates one element of a query on a grid. */
export const runQuery = (
  { elements }: CompiledQuery,
  id: string,
  { store, quotaOf, grid }: QueryDeps & { grid: Grid },
): QueryValues => {
  const known = new Map<string, MathValue>();
  let isPartial = false;
  const evaluate = (element: Element): MathValue => {
    switch (element.kind) {
      case "metric":
        return metricSeries(element, { store, grid });
      case "query": {
        const result = runMetricQuery(element.query, { store, grid });
        isPartial ||= result.isPartial;
        if (element.query.groupBy.length > 0) return { kind: "list", series: result.series };
        return result.series[0] ?? seriesOf(grid.starts.map(() => undefined));
      }
      case "math":
        return evaluateMath(element.expression, { grid, quotaOf, resultOf, metrics: metrics() });
    }
  };
  const metrics = () =>
    [...elements].flatMap(([each, element]) =>
      element.kind === "metric"
        ? [{ id: each, series: metricSeries(element, { store, grid }) }]
        : [],
    );
  const resultOf = (each: string): MathValue => {
    const element = elements.get(each);
    if (element === undefined) throw new Error(`there is no metric with the id ${each}`);
    const value = known.get(each) ?? evaluate(element);
    known.set(each, value);
    return value;
  };
  return { value: named(id, () => resultOf(id)), isPartial };
};

const metricSeries = (
  { metric, statistic }: Extract<Element, { kind: "metric" }>,
  { store, grid }: { store: Pick<MetricStore, "find">; grid: Grid },
): TimeSeries => {
  const series = store.find(metric);
  const points = grid.starts.map(
    (start) => series && statistic.read(series, start, start + grid.periodMs),
  );
  return { kind: "series", points, metric };
};

/** The metrics of a query with their statistics. */
export const metricsOf = ({
  elements,
}: CompiledQuery): readonly { metric: Metric; statistic: Statistic }[] =>
  [...elements.values()].filter((element) => element.kind === "metric");

/** The metric queries of a query. */
export const metricQueriesOf = ({ elements }: CompiledQuery): readonly MetricQuery[] =>
  [...elements.values()].flatMap((element) => (element.kind === "query" ? [element.query] : []));

/** Fails when a query has more metrics than an alarm may have. */
export const checkMetricCount = (query: CompiledQuery): void => {
  const count = metricsOf(query).length;
  if (count > alarmMetricsMax) {
    throw new Error(`the expression has ${count} metrics; the maximum is ${alarmMetricsMax}`);
  }
};
