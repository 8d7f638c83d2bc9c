import { expect, it } from "vitest";
import { compositeAlarm, metricAlarm } from "../../../local/cloudwatch/alarm/definition.ts";
import { compositeAlarmInput, metricAlarmInput } from "../../../local/cloudwatch/alarm/input.ts";
import { notification } from "../../../local/cloudwatch/message/notification.ts";
import { stateChangeEvent } from "../../../local/cloudwatch/message/stateChangeEvent.ts";
import type { Notice } from "../../../local/cloudwatch/notice.ts";

const now = Date.parse("2026-10-02T17:04:40.989Z");
const place = { name: "A", region: "us-east-1", account: "123456789012", now };
const topic = "arn:aws:sns:us-east-1:123456789012:Pages";

const metric = (properties: object) =>
  metricAlarm(
    metricAlarmInput.parse({
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: "GreaterThanThreshold",
      ...properties,
    }),
    place,
    () => undefined,
  );

const single = metric({
  AlarmName: "Errors",
  AlarmDescription: "Events fail.",
  AlarmActions: [topic],
  Namespace: "AWS/Lambda",
  MetricName: "Errors",
  Dimensions: [{ Name: "FunctionName", Value: "route" }],
  Statistic: "Sum",
  Period: 300,
  TreatMissingData: "notBreaching",
});

const notice = (given: Partial<Notice> & Pick<Notice, "alarm">): Notice => ({
  previous: { value: "OK", reason: { text: "fine" }, at: now - 60_000 },
  current: {
    value: "ALARM",
    reason: { text: "Threshold Crossed.", data: '{"version":"1.0"}' },
    at: now,
  },
  isEvent: true,
  hasActions: true,
  isPartial: false,
  children: [],
  ...given,
});

it("the message of an alarm has the fields of CloudWatch, in its order", () => {
  const { subject, message } = notification(notice({ alarm: single }), place);
  expect(subject).toBe('ALARM: "Errors" in US East (N. Virginia)');
  expect(message).toBe(
    JSON.stringify({
      AlarmName: "Errors",
      AlarmDescription: "Events fail.",
      AWSAccountId: "123456789012",
      AlarmConfigurationUpdatedTimestamp: "2026-10-02T17:04:40.989+0000",
      NewStateValue: "ALARM",
      NewStateReason: "Threshold Crossed.",
      StateChangeTime: "2026-10-02T17:04:40.989+0000",
      Region: "US East (N. Virginia)",
      AlarmArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:Errors",
      OldStateValue: "OK",
      OKActions: [],
      AlarmActions: [topic],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: "Errors",
        Namespace: "AWS/Lambda",
        StatisticType: "Statistic",
        Statistic: "SUM",
        Unit: null,
        Dimensions: [{ value: "route", name: "FunctionName" }],
        Period: 300,
        EvaluationPeriods: 1,
        DatapointsToAlarm: 1,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 50,
        TreatMissingData: "notBreaching",
        EvaluateLowSampleCountPercentile: "",
      },
    }),
  );
});

it("the event of an alarm has the form of CloudWatch", () => {
  expect(stateChangeEvent(notice({ alarm: single }))).toEqual({
    source: "aws.cloudwatch",
    detailType: "CloudWatch Alarm State Change",
    resources: ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:Errors"],
    time: new Date(now),
    detail: {
      alarmName: "Errors",
      state: {
        value: "ALARM",
        reason: "Threshold Crossed.",
        reasonData: '{"version":"1.0"}',
        timestamp: "2026-10-02T17:04:40.989+0000",
      },
      previousState: { value: "OK", reason: "fine", timestamp: "2026-10-02T17:03:40.989+0000" },
      configuration: {
        description: "Events fail.",
        metrics: [
          {
            id: "m1",
            metricStat: {
              metric: {
                dimensions: { FunctionName: "route" },
                name: "Errors",
                namespace: "AWS/Lambda",
              },
              period: 300,
              stat: "Sum",
            },
            returnData: true,
          },
        ],
      },
    },
  });
});

it("messages about a contributor name it", () => {
  const Expression =
    'SELECT SUM(Errors) FROM "AWS/Lambda" GROUP BY FunctionName ORDER BY SUM() DESC';
  const alarm = metric({
    AlarmName: "Functions",
    Metrics: [{ Id: "q1", Expression, Period: 60 }],
  });
  const contributor = {
    id: "6d442278dba546f6",
    attributes: { FunctionName: "route" },
    reason: "",
    since: now,
  };
  const given = notice({ alarm, contributor });
  expect(JSON.parse(notification(given, place).message)).toMatchObject({
    AlarmContributorId: "6d442278dba546f6",
    AlarmContributorAttributes: { FunctionName: "route" },
    Trigger: { Period: 60, Metrics: [{ Expression, Id: "q1", Period: 60, ReturnData: true }] },
  });
  const { detailType, detail } = stateChangeEvent(given);
  expect(detailType).toBe("CloudWatch Alarm Contributor State Change");
  expect(detail).toMatchObject({
    alarmName: "Functions",
    alarmContributor: { id: "6d442278dba546f6", attributes: { FunctionName: "route" } },
    configuration: {
      metrics: [{ id: "q1", expression: Expression, returnData: true, period: 60 }],
    },
  });
  expect(detail).not.toHaveProperty("previousState");
});

it("messages of a composite alarm name the alarms that caused it, and who suppresses it", () => {
  const alarm = compositeAlarm(
    compositeAlarmInput.parse({
      AlarmName: "Events",
      AlarmRule: "ALARM(Errors)",
      ActionsSuppressor: "Deploying",
      ActionsSuppressorWaitPeriod: 120,
      ActionsSuppressorExtensionPeriod: 180,
    }),
    place,
  );
  const given = notice({
    alarm,
    suppression: { by: "WaitPeriod", until: now },
    mute: { arn: "arn:mute", start: now, end: now + 60_000 },
    children: [
      { arn: single.arn, state: { value: "ALARM", reason: { text: "" }, at: now - 2_000 } },
    ],
  });
  expect(JSON.parse(notification(given, place).message)).toMatchObject({
    AlarmRule: "ALARM(Errors)",
    TriggeringChildren: [
      { Arn: single.arn, State: { Value: "ALARM", Timestamp: "2026-10-02T17:04:38.989+0000" } },
    ],
  });
  expect(stateChangeEvent(given).detail).toMatchObject({
    state: {
      actionsSuppressedBy: "WaitPeriod",
      actionsSuppressedReason: "Actions suppressed by WaitPeriod",
    },
    configuration: {
      alarmRule: "ALARM(Errors)",
      actionsSuppressor: "Deploying",
      actionsSuppressorWaitPeriod: 120,
      actionsSuppressorExtensionPeriod: 180,
    },
    muteDetail: {
      mutedByArn: "arn:mute",
      muteWindowStart: "2026-10-02T17:04:40.989+0000",
      muteWindowEnd: "2026-10-02T17:05:40.989+0000",
    },
  });
});

it("a subject is cut to the length that SNS accepts", () => {
  const alarm = { ...single, name: "x".repeat(255) };
  expect(notification(notice({ alarm }), place).subject).toHaveLength(100);
});
