import type { Alarm, MetricAlarm } from "../alarm/definition.ts";
import { longTime } from "../alarm/reason.ts";
import type { Notice, StateView } from "../notice.ts";

/** An event of CloudWatch for EventBridge, without the envelope. */
export interface AlarmEvent {
  readonly source: "aws.cloudwatch";
  readonly detailType: string;
  readonly detail: object;
  readonly resources: readonly string[];
  readonly time: Date;
}

/**
 * The event of a state change of an alarm or of a contributor.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export const stateChangeEvent = (notice: Notice): AlarmEvent => {
  const { alarm, previous, current, contributor, mute } = notice;
  const muteDetail = mute && {
    mutedByArn: mute.arn,
    muteWindowStart: longTime(mute.start),
    muteWindowEnd: longTime(mute.end),
  };
  const configuration = configurationOf(alarm);
  const common = {
    source: "aws.cloudwatch",
    resources: [alarm.arn],
    time: new Date(current.at),
  } as const;
  if (contributor !== undefined) {
    const { id, attributes } = contributor;
    return {
      ...common,
      detailType: "CloudWatch Alarm Contributor State Change",
      detail: {
        alarmName: alarm.name,
        alarmContributor: { id, attributes },
        state: state(current),
        configuration,
        ...(muteDetail && { muteDetail }),
      },
    };
  }
  return {
    ...common,
    detailType: "CloudWatch Alarm State Change",
    detail: {
      alarmName: alarm.name,
      state: { ...suppressionPart(notice), ...state(current), ...partialPart(notice) },
      previousState: state(previous),
      configuration,
      ...(muteDetail && { muteDetail }),
    },
  };
};

const state = ({ value, reason, at }: StateView) => ({
  value,
  reason: reason.text,
  ...(reason.data !== undefined && { reasonData: reason.data }),
  timestamp: longTime(at),
});

const suppressionPart = ({ suppression }: Notice) =>
  suppression && {
    actionsSuppressedBy: suppression.by,
    actionsSuppressedReason: `Actions suppressed by ${suppression.by}`,
  };

const partialPart = ({ isPartial }: Notice) => isPartial && { evaluationState: "PARTIAL_DATA" };

const configurationOf = (alarm: Alarm): object => {
  const description = alarm.description === undefined ? {} : { description: alarm.description };
  if (alarm.kind === "metric") return { ...description, metrics: metricsOf(alarm) };
  const { AlarmRule, ActionsSuppressor } = alarm.input;
  return {
    ...description,
    alarmRule: AlarmRule,
    ...(ActionsSuppressor !== undefined && {
      actionsSuppressor: ActionsSuppressor,
      actionsSuppressorWaitPeriod: alarm.input.ActionsSuppressorWaitPeriod,
      actionsSuppressorExtensionPeriod: alarm.input.ActionsSuppressorExtensionPeriod,
    }),
  };
};

const metricsOf = ({ input, watched, periodMs }: MetricAlarm): readonly object[] => {
  const { Metrics, Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic } = input;
  if (Metrics === undefined) {
    const metric = metricOf({ Namespace, MetricName, Dimensions });
    const stat = Statistic ?? ExtendedStatistic;
    const metricStat = { metric, period: periodMs / 1_000, stat };
    return [{ id: watched, metricStat, returnData: true }];
  }
  return Metrics.map(({ Id, Expression, MetricStat, Label, Period, ReturnData }) => ({
    id: Id,
    ...(Expression !== undefined && { expression: Expression }),
    ...(MetricStat && {
      metricStat: {
        metric: metricOf(MetricStat.Metric),
        period: MetricStat.Period,
        stat: MetricStat.Stat,
      },
    }),
    ...(Label !== undefined && { label: Label }),
    returnData: ReturnData,
    ...(Period !== undefined && { period: Period }),
  }));
};

const metricOf = ({
  Namespace,
  MetricName,
  Dimensions,
}: {
  Namespace: string | undefined;
  MetricName: string | undefined;
  Dimensions: readonly { Name: string; Value: string }[];
}) => ({
  dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
  name: MetricName,
  namespace: Namespace,
});
