import { expect, it } from "vitest";
import { metricAlarm } from "../../../local/cloudwatch/alarm/definition.ts";
import { compositeAlarmInput, metricAlarmInput } from "../../../local/cloudwatch/alarm/input.ts";

const simple = {
  Namespace: "App",
  MetricName: "Errors",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanThreshold",
};
const { Namespace: _, MetricName: __, Statistic: ___, Period: ____, ...rule } = simple;
const place = { name: "A", region: "us-east-1", account: "0", now: 0 };

const create = (properties: object) =>
  metricAlarm(metricAlarmInput.parse(properties), place, ({ name }) =>
    name === "Usage" ? 10 : undefined,
  );

const stat = (Id: string, MetricName = "M", Period = 60) => ({
  Id,
  MetricStat: { Metric: { Namespace: "App", MetricName }, Period, Stat: "Sum" },
  ReturnData: false,
});
const math = (Expression: string, Id = "e1") => ({ Id, Expression });

it.each<[string, object, string]>([
  ["a property that is not supported", { ...simple, ThresholdMetricId: "e1" }, "ThresholdMetricId"],
  ["a unit", { ...simple, Unit: "Count" }, "Unit"],
  ["an evaluation window", { ...simple, EvaluationWindow: {} }, "EvaluationWindow"],
  ["a period below a minute", { ...simple, Period: 30 }, "60"],
  [
    "another action",
    { ...simple, AlarmActions: ["arn:aws:lambda:us-east-1:0:function:f"] },
    "only topics of SNS",
  ],
  [
    "too many actions",
    { ...simple, AlarmActions: Array(6).fill("arn:aws:sns:us-east-1:0:T") },
    "more than 5 actions",
  ],
  ["bands", { ...simple, ComparisonOperator: "GreaterThanUpperThreshold" }, "ComparisonOperator"],
  ["M above N", { ...simple, DatapointsToAlarm: 2 }, "must not exceed EvaluationPeriods"],
  [
    "a window over a day",
    { ...simple, Period: 300, EvaluationPeriods: 289 },
    "86700 s; the maximum is 86400 s",
  ],
  [
    "a window over a week",
    { ...simple, Period: 3_600, EvaluationPeriods: 169 },
    "the maximum is 604800 s",
  ],
  [
    "no statistic",
    { ...simple, Statistic: undefined },
    "needs either Statistic or ExtendedStatistic",
  ],
  [
    "an unknown statistic",
    { ...simple, Statistic: undefined, ExtendedStatistic: "p101" },
    "p101 does not exist",
  ],
  ["a metric and metrics", { ...simple, Metrics: [stat("m1")] }, "Namespace and Metrics must not"],
  ["no watched element", { ...rule, Metrics: [stat("m1")] }, "exactly one element of Metrics"],
  [
    "two watched elements",
    { ...rule, Metrics: [math("m1"), math("m1", "e2"), stat("m1")] },
    "exactly one element",
  ],
  [
    "different periods",
    { ...rule, Metrics: [math("m1 + m2"), stat("m1"), stat("m2", "M", 300)] },
    "the same Period",
  ],
  [
    "an unknown id",
    { ...rule, Metrics: [math("m1 + m2"), stat("m1")] },
    "no metric with the id m2",
  ],
  [
    "a cycle",
    { ...rule, Metrics: [math("e2"), { ...math("e1", "e2"), ReturnData: false }, stat("m1")] },
    "e1 needs e2 needs e1",
  ],
  ["a number", { ...rule, Metrics: [math("SUM(m1)"), stat("m1")] }, "must be a time series"],
  ["an array", { ...rule, Metrics: [math("METRICS()"), stat("m1")] }, "watches one time series"],
  [
    "an unknown function",
    { ...rule, Metrics: [math("SORT(METRICS(), AVG, DESC)"), stat("m1")] },
    "function SORT is not supported here",
  ],
  [
    "an unknown quota",
    { ...rule, Metrics: [math("m1 / SERVICE_QUOTA(m1)"), stat("m1")] },
    "quota of App M is not known",
  ],
  [
    "11 metrics",
    {
      ...rule,
      Metrics: [math("SUM(METRICS())"), ...Array.from({ length: 11 }, (_, i) => stat(`m${i}`))],
    },
    "11 metrics; the maximum is 10",
  ],
  [
    "a query over 3 hours",
    {
      ...rule,
      EvaluationPeriods: 4,
      Metrics: [{ ...math("SELECT SUM(A) FROM B"), Period: 3_600 }],
    },
    "a metric query can look back 10800 s",
  ],
  [
    "a query that is not valid",
    { ...rule, Metrics: [{ ...math("SELECT A FROM B"), Period: 60 }] },
    "e1: expected one of AVG",
  ],
])("an alarm is refused for %s", (_, properties, message) => {
  expect(() => create(properties)).toThrow(message);
});

it("accepts the alarms of the templates", () => {
  expect(create(simple)).toMatchObject({ isGrouped: false, isMultiDay: false, samplesMin: 0 });
  const quota = [math("100 * m1 / SERVICE_QUOTA(m2)"), stat("m1"), stat("m2", "Usage")];
  expect(create({ ...rule, Metrics: quota })).toMatchObject({ watched: "e1", periodMs: 60_000 });
  const query = (text: string) => create({ ...rule, Metrics: [{ ...math(text), Period: 60 }] });
  expect(query("SELECT SUM(A) FROM B").isGrouped).toBe(false);
  expect(query("SELECT SUM(A) FROM B GROUP BY C").isGrouped).toBe(true);
  expect(create({ ...simple, Period: 86_400, EvaluationPeriods: 7 }).isMultiDay).toBe(true);
  expect(create({ ...simple, Period: 86_400 }).isMultiDay).toBe(false);
});

it("an alarm on a metric of DynamoDB ignores missing data", () => {
  const of = (Namespace: string) => create({ ...simple, Namespace, TreatMissingData: "breaching" });
  expect(of("App").treatMissingData).toBe("breaching");
  expect(of("AWS/DynamoDB").treatMissingData).toBe("ignore");
});

it("a suppressor needs its periods", () => {
  const given = { AlarmRule: "TRUE", ActionsSuppressor: "A" };
  expect(() => compositeAlarmInput.parse(given)).toThrow("ActionsSuppressorWaitPeriod");
});
