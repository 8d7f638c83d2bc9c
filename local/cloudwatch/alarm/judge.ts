import { createHash } from "node:crypto";
import { contributorsMax, querySecondsMax } from "../limits.ts";
import type { Grid, TimeSeries } from "../math/value.ts";
import type { MetricStore } from "../metric/metricStore.ts";
import type { MetricAlarm } from "./definition.ts";
import {
  breaches,
  comparisonText,
  type Datapoint,
  evaluate,
  evaluationRange,
  type Verdict,
} from "./evaluate.ts";
import { decimal, type Reason, reasonData, reasonText, shortTime } from "./reason.ts";
import { metricQueriesOf, metricsOf, type QueryDeps, runQuery } from "./source.ts";
import type { AlarmStatus, Contributor } from "./status.ts";

/** The result of one evaluation of a metric alarm. */
export interface Judgement {
  readonly state: AlarmStatus["state"];
  readonly reason: Reason;
  readonly isPartial: boolean;
  readonly contributors: ReadonlyMap<string, Contributor>;
}

const hourMs = 3_600_000;

/**
 * The end of an alarm's window at a minute; `undefined` when it is not evaluated then. "Multi-day
 * alarms are evaluated once per hour. CloudWatch takes into account only the metrics up to the
 * current hour at the :00 minute."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export const windowEnd = ({ isMultiDay }: MetricAlarm, minute: number): number | undefined => {
  if (!isMultiDay) return minute;
  return minute % hourMs === 0 ? minute : undefined;
};

/** The periods that an alarm reads: sliding windows of one period that end at `end`. */
export const gridOf = (alarm: MetricAlarm, end: number): Grid => {
  const { periodMs, evaluationPeriods, query } = alarm;
  const range = evaluationRange(evaluationPeriods);
  const isLimited = metricQueriesOf(query).length > 0;
  // "Only the latest 3 hours of data can be used."
  const periods = isLimited
    ? Math.min(range, Math.floor((querySecondsMax * 1_000) / periodMs))
    : range;
  const starts = Array.from({ length: periods }, (_, at) => end - (periods - at) * periodMs);
  return { starts, periodMs };
};

/** Evaluates a metric alarm for the window that ends at `end`. Both times in ms since 1970. */
export const judge = (
  alarm: MetricAlarm,
  status: AlarmStatus,
  { end, now, ...deps }: QueryDeps & { end: number; now: number },
): Judgement => {
  const grid = gridOf(alarm, end);
  const { value, isPartial } = runQuery(alarm.query, alarm.watched, { ...deps, grid });
  if (typeof value === "number") throw new Error("the result is a number, no time series");
  if (value.kind === "list") {
    return { ...judgeGroups(alarm, status, { groups: value.series, grid, now }), isPartial };
  }
  const { points } = value;
  const verdict = verdictOf(alarm, points);
  const hasTooFew = hasTooFewSamples(alarm, { end, store: deps.store });
  const state = hasTooFew ? status.state : (verdict.state ?? status.state);
  const isSame = state === status.state;
  const reason = isSame ? status.reason : reasonOf(alarm, { state, verdict, points, grid, now });
  return { state, reason, isPartial, contributors: new Map() };
};

const verdictOf = (alarm: MetricAlarm, datapoints: readonly Datapoint[]): Verdict =>
  evaluate({
    datapoints,
    evaluationPeriods: alarm.evaluationPeriods,
    datapointsToAlarm: alarm.datapointsToAlarm,
    treatMissingData: alarm.treatMissingData,
    isBreaching: breaches(alarm.comparison, alarm.threshold),
  });

interface Judged {
  readonly state: AlarmStatus["state"];
  readonly verdict: Verdict;
  readonly points: readonly Datapoint[];
  readonly grid: Grid;
  readonly now: number;
}

const reasonOf = (alarm: MetricAlarm, { state, verdict, points, grid, now }: Judged): Reason => {
  const { evaluationPeriods, datapointsToAlarm, comparison, threshold, treatMissingData } = alarm;
  const described = {
    verdict,
    state,
    datapoints: points,
    starts: grid.starts,
    evaluationPeriods,
    datapointsToAlarm,
    comparison,
    threshold,
    treatMissingData,
  };
  const { Statistic, ExtendedStatistic } = alarm.input;
  const period = alarm.periodMs / 1_000;
  const data = { now, period, statistic: Statistic ?? ExtendedStatistic };
  return { text: reasonText(described), data: reasonData(described, data) };
};

const hasTooFewSamples = (
  { samplesMin, query, periodMs, evaluationPeriods }: MetricAlarm,
  { end, store }: { end: number; store: Pick<MetricStore, "find"> },
): boolean => {
  const [watched] = metricsOf(query);
  if (samplesMin === 0 || watched === undefined) return false;
  const set = store.find(watched.metric)?.statistics(end - periodMs * evaluationPeriods, end);
  // Without samples, the treatment of missing data decides.
  return set !== undefined && set.count < samplesMin;
};

/**
 * Evaluates each time series of a grouped metric query. "Each time series (contributor) can only be
 * in ALARM or OK state": a series without data points does not exist.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html
 */
const judgeGroups = (
  alarm: MetricAlarm,
  status: AlarmStatus,
  { groups, grid, now }: { groups: readonly TimeSeries[]; grid: Grid; now: number },
): Omit<Judgement, "isPartial"> => {
  if (groups.length === 0) {
    const points = grid.starts.map(() => undefined);
    const verdict = verdictOf(alarm, points);
    const state = verdict.state ?? status.state;
    const reason =
      state === status.state
        ? status.reason
        : reasonOf(alarm, { state, verdict, points, grid, now });
    return { state, reason, contributors: new Map() };
  }
  const contributors = new Map<string, Contributor>();
  let alarming = 0;
  for (const { points, labels = {} } of groups) {
    const id = contributorId(labels);
    const known = status.contributors.get(id);
    const { state = known && "ALARM" } = verdictOf(alarm, points);
    if (state !== "ALARM") continue;
    alarming += 1;
    if (contributors.size >= contributorsMax) continue;
    const reason = known?.reason ?? contributorReason(alarm, { points, grid });
    contributors.set(id, known ?? { id, attributes: labels, reason, since: now });
  }
  const count =
    alarming > contributorsMax ? `${contributorsMax}+` : `${alarming} out of ${groups.length}`;
  return {
    state: alarming > 0 ? "ALARM" : "OK",
    reason: { text: `${count} time series evaluated to ALARM` },
    contributors,
  };
};

const contributorId = (attributes: Readonly<Record<string, string>>): string =>
  createHash("sha256").update(JSON.stringify(attributes)).digest("hex").slice(0, 16);

const contributorReason = (
  alarm: MetricAlarm,
  { points, grid }: { points: readonly Datapoint[]; grid: Grid },
): string => {
  const isBreaching = breaches(alarm.comparison, alarm.threshold);
  const breaching = [...points.keys()].filter((at) => {
    const value = points[at];
    return value !== undefined && isBreaching(value);
  });
  const last = breaching.at(-1);
  if (last === undefined)
    return "Threshold Crossed: missing datapoints were treated as [Breaching].";
  const { length } = breaching.slice(-alarm.evaluationPeriods);
  const were = length === 1 ? "datapoint was" : "datapoints were";
  const newest = `${decimal(points[last] ?? 0)} (${shortTime(grid.starts[last] ?? 0)})`;
  return `Threshold Crossed: ${length} ${were} ${comparisonText(alarm.comparison)} the threshold (${decimal(alarm.threshold)}). The most recent datapoint which crossed the threshold: [${newest}].`;
};
