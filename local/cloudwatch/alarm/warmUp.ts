import type { MetricAlarm } from "./definition.ts";
import { gridOf } from "./judge.ts";
import { type QueryDeps, runQuery } from "./source.ts";

/** The longest time for which an alarm waits for data after a start of the emulator. */
const startMsMax = 3_600_000;

/** An alarm at the end of a window. Times are in ms since 1970. */
interface WarmUp extends QueryDeps {
  readonly startedAt: number;
  readonly isRestored: boolean;
  readonly end: number;
  readonly now: number;
}

/**
 * Whether an alarm is not evaluated yet. With `WarmUpConfiguration` it waits for this time; unless
 * `OnlyStartEvaluatingAfterWarmUpPeriodEnds`, "evaluation begins as soon as the alarm has enough
 * metric data to fill its evaluation window".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
 *
 * The emulator adds a warm-up of one evaluation window after its start, because it has no data of
 * the time before: to alarms that treat missing data as breaching, and to those whose state is one
 * of an earlier start. On AWS, metrics are there before and after a deployment.
 */
export const isWarmingUp = (alarm: MetricAlarm, given: WarmUp): boolean => {
  const { startedAt, isRestored, now } = given;
  const { warmUp, treatMissingData, periodMs, evaluationPeriods } = alarm;
  if (warmUp?.isStrict && now < startedAt + warmUp.ms) return true;
  const needsData = isRestored || treatMissingData === "breaching";
  const startMs = needsData ? Math.min(periodMs * evaluationPeriods, startMsMax) : 0;
  const ms = Math.max(warmUp?.ms ?? 0, startMs);
  return now < startedAt + ms && !hasFullWindow(alarm, given);
};

const hasFullWindow = (alarm: MetricAlarm, { end, store, quotaOf }: WarmUp): boolean => {
  const grid = gridOf(alarm, end);
  const { value } = runQuery(alarm.query, alarm.watched, { store, quotaOf, grid });
  if (typeof value === "number") return false;
  const all = value.kind === "list" ? value.series : [value];
  return (
    all.length > 0 &&
    all.every(({ points }) =>
      points.slice(-alarm.evaluationPeriods).every((point) => point !== undefined),
    )
  );
};
