import type { CompositeAlarm, MetricAlarm } from "../alarm/definition.ts";
import { longTime } from "../alarm/reason.ts";
import type { Notice } from "../notice.ts";
import { regionName } from "./regionName.ts";

/** A message that CloudWatch publishes to a topic. */
export interface Notification {
  readonly subject: string;
  readonly message: string;
}

/** Where an alarm is. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/** SNS accepts subjects of up to 100 characters. */
const subjectCharsMax = 100;

/**
 * The message of an alarm for a topic of SNS, with the fields and in the order of CloudWatch.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
export const notification = (notice: Notice, { region, account }: Place): Notification => {
  const { alarm, previous, current, contributor } = notice;
  const actions = {
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
  };
  const shared = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: account,
  };
  const change = {
    NewStateValue: current.value,
    NewStateReason: current.reason.text,
    StateChangeTime: longTime(current.at),
    Region: regionName(region),
    AlarmArn: alarm.arn,
    OldStateValue: previous.value,
  };
  const message =
    alarm.kind === "metric"
      ? {
          ...shared,
          AlarmConfigurationUpdatedTimestamp: longTime(alarm.configuredAt),
          ...change,
          ...actions,
          Trigger: trigger(alarm),
          ...(contributor && {
            AlarmContributorId: contributor.id,
            AlarmContributorAttributes: contributor.attributes,
          }),
        }
      : { ...shared, ...change, ...actions, ...compositePart(alarm, notice) };
  const subject = `${current.value}: "${alarm.name}" in ${regionName(region)}`;
  return { subject: subject.slice(0, subjectCharsMax), message: JSON.stringify(message) };
};

const compositePart = ({ input }: CompositeAlarm, { children }: Notice) => ({
  AlarmRule: input.AlarmRule,
  TriggeringChildren: children.map(({ arn, state }) => ({
    Arn: arn,
    State: { Value: state.value, Timestamp: longTime(state.at) },
  })),
});

const statisticNames: Readonly<Record<string, string>> = {
  SampleCount: "SAMPLE_COUNT",
  Average: "AVERAGE",
  Sum: "SUM",
  Minimum: "MINIMUM",
  Maximum: "MAXIMUM",
};

const trigger = (alarm: MetricAlarm): object => {
  const { input, evaluationPeriods, datapointsToAlarm, comparison, threshold, periodMs } = alarm;
  const rule = {
    Period: periodMs / 1_000,
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    ComparisonOperator: comparison,
    Threshold: threshold,
    TreatMissingData: input.TreatMissingData,
    EvaluateLowSampleCountPercentile:
      input.EvaluateLowSampleCountPercentile === "ignore" ? "ignore" : "",
  };
  if (input.Metrics !== undefined) return { ...rule, Metrics: input.Metrics.map(element) };
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Dimensions } = input;
  const statistic =
    ExtendedStatistic === undefined
      ? { StatisticType: "Statistic", Statistic: statisticNames[Statistic ?? ""] }
      : { StatisticType: "ExtendedStatistic", ExtendedStatistic };
  return {
    MetricName,
    Namespace,
    ...statistic,
    Unit: null,
    Dimensions: Dimensions.map(dimension),
    ...rule,
  };
};

const dimension = ({ Name, Value }: { Name: string; Value: string }) => ({
  value: Value,
  name: Name,
});

type Element = NonNullable<MetricAlarm["input"]["Metrics"]>[number];

const element = ({ Id, Expression, MetricStat, Label, Period, ReturnData }: Element): object => ({
  ...(Expression !== undefined && { Expression }),
  Id,
  ...(Label !== undefined && { Label }),
  ...(Period !== undefined && { Period }),
  ...(MetricStat && {
    MetricStat: {
      Metric: {
        Dimensions: MetricStat.Metric.Dimensions.map(dimension),
        MetricName: MetricStat.Metric.MetricName,
        Namespace: MetricStat.Metric.Namespace,
      },
      Period: MetricStat.Period,
      Stat: MetricStat.Stat,
    },
  }),
  ReturnData,
});
