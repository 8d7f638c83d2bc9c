import * as z from "zod";
import { comparisonNames } from "./evaluate.ts";

/** Names in CloudWatch have no control characters. */
const name = z
  .string()
  .min(1)
  .max(255)
  .regex(/^\P{Cc}*$/u, "has control characters");

/** An action: only topics of SNS are supported here. */
const action = z.templateLiteral(["arn:aws:sns:", z.string()], {
  error: "only topics of SNS are supported as actions here",
});
const actions = z.array(action).max(5, "has more than 5 actions").default([]);

const dimensions = z
  .array(z.strictObject({ Name: z.string().min(1), Value: z.string().min(1) }))
  .max(30)
  .default([]);

/**
 * "Valid values are 10, 20, 30, and any multiple of 60": metrics here have a resolution of a
 * minute.
 */
const period = z
  .number()
  .int()
  .min(60)
  .multipleOf(60, "must be a multiple of 60: metrics are stored by minute here");

const common = {
  AlarmName: name.optional(),
  AlarmDescription: z.string().max(1_024).optional(),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  // They change nothing here.
  Tags: z.unknown().optional(),
};

const metricStat = z.strictObject({
  Metric: z.strictObject({
    Namespace: z.string().min(1),
    MetricName: z.string().min(1),
    Dimensions: dimensions,
  }),
  Period: period,
  Stat: z.string().min(1),
});

/** An element of `Metrics`: a metric, a math expression or a metric query. */
export const metricDataQuery = z
  .strictObject({
    Id: z.string().regex(/^[a-z]\w*$/, "must start with a lowercase letter"),
    Expression: z.string().min(1).max(2_048).optional(),
    MetricStat: metricStat.optional(),
    Label: z.string().optional(),
    Period: period.optional(),
    ReturnData: z.boolean().default(true),
  })
  .refine(
    ({ Expression, MetricStat }) => (Expression === undefined) !== (MetricStat === undefined),
    "needs either Expression or MetricStat",
  );

/**
 * The properties of `AWS::CloudWatch::Alarm`, which are those of `PutMetricAlarm`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export const metricAlarmInput = z.strictObject({
  ...common,
  Namespace: z.string().min(1).optional(),
  MetricName: z.string().min(1).optional(),
  Dimensions: dimensions,
  Statistic: z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]).optional(),
  ExtendedStatistic: z.string().optional(),
  Period: period.optional(),
  Metrics: z.array(metricDataQuery).max(500).optional(),
  EvaluationPeriods: z.number().int().min(1),
  DatapointsToAlarm: z.number().int().min(1).optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(comparisonNames),
  TreatMissingData: z.enum(["missing", "ignore", "breaching", "notBreaching"]).default("missing"),
  EvaluateLowSampleCountPercentile: z.enum(["evaluate", "ignore"]).default("evaluate"),
  WarmUpConfiguration: z
    .strictObject({
      WarmUpPeriodDurationInMinutes: z.number().int().min(1).max(10_080),
      OnlyStartEvaluatingAfterWarmUpPeriodEnds: z.boolean().default(false),
    })
    .optional(),
});

export type MetricAlarmInput = z.output<typeof metricAlarmInput>;
export type MetricDataQuery = z.output<typeof metricDataQuery>;

/** A wait of a suppressor, in seconds. */
const wait = z.number().int().min(0).max(86_400);

/**
 * The properties of `AWS::CloudWatch::CompositeAlarm`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export const compositeAlarmInput = z
  .strictObject({
    ...common,
    AlarmRule: z.string().min(1).max(10_240),
    ActionsSuppressor: z.string().min(1).optional(),
    ActionsSuppressorWaitPeriod: wait.optional(),
    ActionsSuppressorExtensionPeriod: wait.optional(),
  })
  .refine(
    (given) =>
      given.ActionsSuppressor === undefined ||
      (given.ActionsSuppressorWaitPeriod !== undefined &&
        given.ActionsSuppressorExtensionPeriod !== undefined),
    "ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod",
  );

export type CompositeAlarmInput = z.output<typeof compositeAlarmInput>;
