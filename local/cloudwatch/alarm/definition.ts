import { type AlarmRule, parseAlarmRule } from "../composite/alarmRule.ts";
import { querySecondsMax } from "../limits.ts";
import type { Grid } from "../math/value.ts";
import type { Metric } from "../metric/metric.ts";
import { emptyStore } from "../metric/metricStore.ts";
import { type Comparison, evaluationRange, type MissingData } from "./evaluate.ts";
import type { CompositeAlarmInput, MetricAlarmInput, MetricDataQuery } from "./input.ts";
import {
  type CompiledQuery,
  checkMetricCount,
  compileQuery,
  metricQueriesOf,
  metricsOf,
  runQuery,
} from "./source.ts";

/** What every alarm has. */
interface AlarmBase {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly actionsEnabled: boolean;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  /** When the configuration was stored, in ms since 1970. */
  readonly configuredAt: number;
}

/** An alarm on a metric, a math expression or a metric query. */
export interface MetricAlarm extends AlarmBase {
  readonly kind: "metric";
  readonly input: MetricAlarmInput;
  readonly query: CompiledQuery;
  /** The id of the element that the alarm watches. */
  readonly watched: string;
  readonly periodMs: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly treatMissingData: MissingData;
  /** Whether each time series of a `GROUP BY` is a contributor. */
  readonly isGrouped: boolean;
  /** Fewer samples than this in the window change no state; 0 for all but percentiles. */
  readonly samplesMin: number;
  /** Evaluated once an hour: its window is longer than a day. */
  readonly isMultiDay: boolean;
  readonly warmUp?: { readonly ms: number; readonly isStrict: boolean };
}

/** An alarm on the states of other alarms. */
export interface CompositeAlarm extends AlarmBase {
  readonly kind: "composite";
  readonly input: CompositeAlarmInput;
  readonly rule: AlarmRule;
  readonly suppressor?: {
    /** Its name or ARN. */
    readonly alarm: string;
    readonly waitMs: number;
    readonly extensionMs: number;
  };
}

export type Alarm = MetricAlarm | CompositeAlarm;

/** Where an alarm is created. */
export interface AlarmPlace {
  /** The name of an alarm without `AlarmName`. */
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly now: number;
}

const base = (
  input: MetricAlarmInput | CompositeAlarmInput,
  { name: generated, region, account, now }: AlarmPlace,
): AlarmBase => {
  const name = input.AlarmName ?? generated;
  return {
    name,
    arn: alarmArn(name, { region, account }),
    description: input.AlarmDescription,
    actionsEnabled: input.ActionsEnabled,
    alarmActions: input.AlarmActions,
    okActions: input.OKActions,
    insufficientDataActions: input.InsufficientDataActions,
    configuredAt: now,
  };
};

export const alarmArn = (
  name: string,
  { region, account }: { region: string; account: string },
): string => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;

const daySeconds = 86_400;

/**
 * Creates a metric alarm. Fails with an error that a person can act on if CloudWatch would refuse
 * it, or if it needs a feature that is not supported here.
 */
export const metricAlarm = (
  input: MetricAlarmInput,
  place: AlarmPlace,
  quotaOf: (metric: Metric) => number | undefined,
): MetricAlarm => {
  const queries = queriesOf(input);
  const query = compileQuery(queries);
  checkMetricCount(query);
  const watched = watchedOf(queries);
  const period = periodOf(query);
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, WarmUpConfiguration } = input;
  if (DatapointsToAlarm > EvaluationPeriods) {
    throw new Error("DatapointsToAlarm must not exceed EvaluationPeriods");
  }
  checkWindow(query, { period, window: period * EvaluationPeriods });
  const isGrouped = checkResult(query, { watched, periodMs: period * 1_000, quotaOf });
  return {
    ...base(input, place),
    kind: "metric",
    input,
    query,
    watched,
    periodMs: period * 1_000,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    threshold: input.Threshold,
    comparison: input.ComparisonOperator,
    treatMissingData: missingDataOf(query, input.TreatMissingData),
    isGrouped,
    samplesMin: samplesMinOf(query, input),
    isMultiDay: period * EvaluationPeriods > daySeconds,
    ...(WarmUpConfiguration && {
      warmUp: {
        ms: WarmUpConfiguration.WarmUpPeriodDurationInMinutes * 60_000,
        isStrict: WarmUpConfiguration.OnlyStartEvaluatingAfterWarmUpPeriodEnds,
      },
    }),
  };
};

/** An alarm on one metric is the same as one on a query with this metric alone. */
const queriesOf = (input: MetricAlarmInput): readonly MetricDataQuery[] => {
  const { Metrics, Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } =
    input;
  const single = { Namespace, MetricName, Period, Statistic, ExtendedStatistic };
  if (Metrics !== undefined) {
    const both = Object.entries(single).find(([, value]) => value !== undefined);
    if (both) throw new Error(`${both[0]} and Metrics must not be given together`);
    return Metrics;
  }
  if (Namespace === undefined || MetricName === undefined || Period === undefined) {
    throw new Error("the alarm needs Metrics, or Namespace, MetricName and Period");
  }
  const Stat = Statistic ?? ExtendedStatistic;
  if (Stat === undefined || (Statistic !== undefined && ExtendedStatistic !== undefined)) {
    throw new Error("the alarm needs either Statistic or ExtendedStatistic");
  }
  const Metric = { Namespace, MetricName, Dimensions };
  return [{ Id: "m1", MetricStat: { Metric, Period, Stat }, ReturnData: true }];
};

/** "You designate this expression by setting ReturnData to true." */
const watchedOf = (queries: readonly MetricDataQuery[]): string => {
  const [watched, ...others] = queries.filter(({ ReturnData }) => ReturnData);
  if (watched === undefined || others.length > 0) {
    throw new Error("exactly one element of Metrics must have ReturnData");
  }
  return watched.Id;
};

/** "Each metric must be using the same period." */
const periodOf = ({ periods }: CompiledQuery): number => {
  const [period, ...others] = new Set(periods.values());
  if (period === undefined) throw new Error("no element of Metrics has a Period");
  if (others.length > 0) throw new Error("all elements of Metrics must have the same Period");
  return period;
};

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html */
const checkWindow = (
  query: CompiledQuery,
  { period, window }: { period: number; window: number },
): void => {
  const max = period >= 3_600 ? 7 * daySeconds : daySeconds;
  if (window > max) {
    throw new Error(`Period × EvaluationPeriods is ${window} s; the maximum is ${max} s`);
  }
  if (metricQueriesOf(query).length > 0 && window > querySecondsMax) {
    throw new Error(
      `Period × EvaluationPeriods is ${window} s; a metric query can look back ${querySecondsMax} s`,
    );
  }
};

/**
 * Evaluates the query without data, so that a fault is found now. Returns whether it is grouped.
 */
const checkResult = (
  query: CompiledQuery,
  given: { watched: string; periodMs: number; quotaOf: (metric: Metric) => number | undefined },
): boolean => {
  const { watched, periodMs, quotaOf } = given;
  const grid: Grid = { starts: [0, periodMs], periodMs };
  const { value } = runQuery(query, watched, { store: emptyStore, quotaOf, grid });
  if (typeof value === "number") {
    throw new Error(`${watched} is a number: the result of an alarm must be a time series`);
  }
  if (value.kind === "series") return false;
  if (query.elements.get(watched)?.kind === "query") return true;
  throw new Error(`${watched} is an array: an alarm on a math expression watches one time series`);
};

/**
 * "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data even if
 * you choose a different option for TreatMissingData."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const missingDataOf = (query: CompiledQuery, given: MissingData): MissingData => {
  const namespaces = [
    ...metricsOf(query).map(({ metric }) => metric.namespace),
    ...metricQueriesOf(query).map(({ namespace }) => namespace),
  ];
  return namespaces.includes("AWS/DynamoDB") ? "ignore" : given;
};

/**
 * With `EvaluateLowSampleCountPercentile: ignore`, "this setting is used when there are fewer than
 * 10/(1-percentile) data points during the evaluation period", or 10/percentile below the median.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
 */
const samplesMinOf = (query: CompiledQuery, input: MetricAlarmInput): number => {
  const percent = metricsOf(query)[0]?.statistic.percentile;
  if (input.EvaluateLowSampleCountPercentile === "evaluate" || percent === undefined) return 0;
  const share = percent / 100;
  if (share <= 0 || share >= 1) return 0;
  return share >= 0.5 ? 10 / (1 - share) : 10 / share;
};

/** How far an alarm looks back, in ms, with a reserve for the delay of its evaluation. */
export const lookBackMs = ({ periodMs, evaluationPeriods }: MetricAlarm): number =>
  periodMs * evaluationRange(evaluationPeriods) + 3_600_000;

/**
 * Creates a composite alarm. Fails with an error that a person can act on if its rule is not valid.
 */
export const compositeAlarm = (input: CompositeAlarmInput, place: AlarmPlace): CompositeAlarm => {
  const {
    ActionsSuppressor,
    ActionsSuppressorWaitPeriod = 0,
    ActionsSuppressorExtensionPeriod = 0,
  } = input;
  return {
    ...base(input, place),
    kind: "composite",
    input,
    rule: parseAlarmRule(input.AlarmRule),
    ...(ActionsSuppressor !== undefined && {
      suppressor: {
        alarm: ActionsSuppressor,
        waitMs: ActionsSuppressorWaitPeriod * 1_000,
        extensionMs: ActionsSuppressorExtensionPeriod * 1_000,
      },
    }),
  };
};
