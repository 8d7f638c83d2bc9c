import type { Alarm, CompositeAlarm, MetricAlarm } from "../alarm/definition.ts";
import type { AlarmStatus } from "../alarm/status.ts";
import type { AlarmEntry } from "../alarmEngine.ts";
import type { HistoryItem } from "../history.ts";
import { type MuteRule, muteStatus } from "../mute/muteRule.ts";

const shared = (alarm: Alarm, { state, reason, updatedAt, transitionedAt }: AlarmStatus) => ({
  AlarmName: alarm.name,
  AlarmArn: alarm.arn,
  ...(alarm.description !== undefined && { AlarmDescription: alarm.description }),
  AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
  ActionsEnabled: alarm.actionsEnabled,
  OKActions: alarm.okActions,
  AlarmActions: alarm.alarmActions,
  InsufficientDataActions: alarm.insufficientDataActions,
  StateValue: state,
  StateReason: reason.text,
  ...(reason.data !== undefined && { StateReasonData: reason.data }),
  StateUpdatedTimestamp: new Date(updatedAt),
  StateTransitionedTimestamp: new Date(transitionedAt),
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html */
export const metricAlarmView = (alarm: MetricAlarm, status: AlarmStatus): object => {
  const { input } = alarm;
  const { Metrics, MetricName, Namespace, Statistic, ExtendedStatistic, Dimensions, Period } =
    input;
  const evaluationState = evaluationStateOf(status);
  return {
    ...shared(alarm, status),
    ...(Metrics === undefined
      ? {
          MetricName,
          Namespace,
          ...(Statistic !== undefined && { Statistic }),
          ...(ExtendedStatistic !== undefined && { ExtendedStatistic }),
          Dimensions,
          Period,
        }
      : { Metrics, Dimensions: [] }),
    EvaluationPeriods: alarm.evaluationPeriods,
    ...(input.DatapointsToAlarm !== undefined && { DatapointsToAlarm: input.DatapointsToAlarm }),
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: input.TreatMissingData,
    ...(input.EvaluateLowSampleCountPercentile === "ignore" && {
      EvaluateLowSampleCountPercentile: "ignore",
    }),
    ...(input.WarmUpConfiguration && { WarmUpConfiguration: input.WarmUpConfiguration }),
    ...(evaluationState !== undefined && { EvaluationState: evaluationState }),
  };
};

const evaluationStateOf = ({ isPartial, error }: AlarmStatus): string | undefined => {
  if (error !== undefined) return "EVALUATION_ERROR";
  return isPartial ? "PARTIAL_DATA" : undefined;
};

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_CompositeAlarm.html */
export const compositeAlarmView = (alarm: CompositeAlarm, status: AlarmStatus): object => {
  const { AlarmRule, ActionsSuppressor } = alarm.input;
  const { pending, suppression } = status;
  const by = pending?.by === "suppressor" ? suppression?.by : undefined;
  return {
    ...shared(alarm, status),
    AlarmRule,
    ...(ActionsSuppressor !== undefined && {
      ActionsSuppressor,
      ActionsSuppressorWaitPeriod: alarm.input.ActionsSuppressorWaitPeriod,
      ActionsSuppressorExtensionPeriod: alarm.input.ActionsSuppressorExtensionPeriod,
    }),
    ...(by !== undefined && {
      ActionsSuppressedBy: by,
      ActionsSuppressedReason: `Actions suppressed by ${by}`,
    }),
  };
};

/** With `ChildrenOfAlarmName`, only these members are returned. */
export const childView = ({ alarm, status }: Readonly<AlarmEntry>): object => ({
  AlarmName: alarm.name,
  AlarmArn: alarm.arn,
  StateValue: status.state,
  StateUpdatedTimestamp: new Date(status.updatedAt),
});

/** With `ParentsOfAlarmName`, only these members are returned. */
export const parentView = ({ alarm }: Readonly<AlarmEntry>): object => ({
  AlarmName: alarm.name,
  AlarmArn: alarm.arn,
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmContributor.html */
export const contributorViews = ({ contributors }: AlarmStatus): readonly object[] =>
  [...contributors.values()].map(({ id, attributes, reason, since }) => ({
    ContributorId: id,
    ContributorAttributes: attributes,
    StateReason: reason,
    StateTransitionedTimestamp: new Date(since),
  }));

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html */
export const historyView = ({
  alarm,
  alarmType,
  contributor,
  at,
  type,
  summary,
  data,
}: HistoryItem): object => ({
  AlarmName: alarm,
  AlarmType: alarmType,
  ...(contributor && {
    AlarmContributorId: contributor.id,
    AlarmContributorAttributes: contributor.attributes,
  }),
  Timestamp: new Date(at),
  HistoryItemType: type,
  HistorySummary: summary,
  HistoryData: data,
});

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmMuteRuleSummary.html
 */
export const muteRuleSummary = (rule: MuteRule, now: number): object => ({
  AlarmMuteRuleArn: rule.arn,
  ...(rule.input.ExpireDate !== undefined && { ExpireDate: new Date(rule.input.ExpireDate) }),
  Status: muteStatus(rule, now),
  MuteType: rule.schedule.isRecurring ? "RECURRING" : "ONE_TIME",
  LastUpdatedTimestamp: new Date(rule.updatedAt),
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetAlarmMuteRule.html */
export const muteRuleView = (rule: MuteRule, now: number): object => {
  const { Description, Rule, MuteTargets, StartDate } = rule.input;
  return {
    Name: rule.name,
    ...muteRuleSummary(rule, now),
    ...(Description !== undefined && { Description }),
    Rule,
    ...(MuteTargets && { MuteTargets }),
    ...(StartDate !== undefined && { StartDate: new Date(StartDate) }),
  };
};
