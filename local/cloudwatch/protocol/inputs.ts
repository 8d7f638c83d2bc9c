import * as z from "zod";
import { metricDataQuery } from "../alarm/input.ts";
import { dataMax, dimensionsMax, valuesMax } from "../limits.ts";
import { muteRuleInput } from "../mute/muteRule.ts";
import { validationError } from "./errors.ts";

/** A time in ms since 1970: protocols have seconds. */
const time = z.number().transform((seconds) => Math.round(seconds * 1_000));
const state = z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]);
const name = z.string().min(1).max(255);
const names = z.array(name).max(100);
const token = z.string().optional();
const records = z.number().int().min(1).max(100).default(50);
const dimensions = z
  .array(z.strictObject({ Name: z.string().min(1), Value: z.string().min(1) }))
  .max(dimensionsMax)
  .default([]);

/** "Values must be in the range of -2^360 to 2^360." */
const value = z
  .number()
  .gte(-(2 ** 360))
  .lte(2 ** 360);

const metricDatum = z
  .strictObject({
    MetricName: z.string().min(1).max(255),
    Dimensions: dimensions,
    Timestamp: time.optional(),
    Value: value.optional(),
    StatisticValues: z
      .strictObject({
        SampleCount: z.number().positive(),
        Sum: value,
        Minimum: value,
        Maximum: value,
      })
      .optional(),
    Values: z.array(value).max(valuesMax).optional(),
    Counts: z.array(z.number().nonnegative()).max(valuesMax).optional(),
    Unit: z.string().optional(),
    StorageResolution: z.number().optional(),
  })
  .refine(
    ({ Value, StatisticValues, Values }) =>
      [Value, StatisticValues, Values].filter((each) => each !== undefined).length === 1,
    "needs one of Value, StatisticValues and Values",
  )
  .refine(
    ({ Values, Counts }) => Counts === undefined || Counts.length === Values?.length,
    "Counts must have as many members as Values",
  );

/** The inputs of the operations that are supported here. */
const inputs = {
  DescribeAlarms: z.strictObject({
    AlarmNames: names.optional(),
    AlarmNamePrefix: name.optional(),
    AlarmTypes: z.array(z.enum(["MetricAlarm", "CompositeAlarm", "LogAlarm"])).optional(),
    ChildrenOfAlarmName: name.optional(),
    ParentsOfAlarmName: name.optional(),
    StateValue: state.optional(),
    ActionPrefix: z.string().min(1).optional(),
    MaxRecords: records,
    NextToken: token,
  }),
  DescribeAlarmHistory: z.strictObject({
    AlarmName: name.optional(),
    AlarmContributorId: z.string().optional(),
    AlarmTypes: z.array(z.enum(["MetricAlarm", "CompositeAlarm", "LogAlarm"])).optional(),
    HistoryItemType: z
      .enum([
        "StateUpdate",
        "Action",
        "ConfigurationUpdate",
        "AlarmContributorStateUpdate",
        "AlarmContributorAction",
      ])
      .optional(),
    StartDate: time.optional(),
    EndDate: time.optional(),
    MaxRecords: records,
    ScanBy: z.enum(["TimestampDescending", "TimestampAscending"]).default("TimestampDescending"),
    NextToken: token,
  }),
  DescribeAlarmContributors: z.strictObject({ AlarmName: name, NextToken: token }),
  SetAlarmState: z.strictObject({
    AlarmName: name,
    StateValue: state,
    StateReason: z.string().max(1_023),
    StateReasonData: z.string().max(4_000).optional(),
  }),
  EnableAlarmActions: z.strictObject({ AlarmNames: names }),
  DisableAlarmActions: z.strictObject({ AlarmNames: names }),
  PutMetricData: z.strictObject({
    Namespace: z.string().min(1).max(255),
    MetricData: z.array(metricDatum).max(dataMax),
    StrictEntityValidation: z.boolean().optional(),
  }),
  GetMetricData: z.strictObject({
    MetricDataQueries: z.array(metricDataQuery).min(1).max(500),
    StartTime: time,
    EndTime: time,
    ScanBy: z.enum(["TimestampDescending", "TimestampAscending"]).default("TimestampDescending"),
    MaxDatapoints: z.number().int().min(1).max(100_800).default(100_800),
    NextToken: token,
  }),
  ListMetrics: z.strictObject({
    Namespace: z.string().min(1).optional(),
    MetricName: z.string().min(1).optional(),
    Dimensions: z
      .array(z.strictObject({ Name: z.string().min(1), Value: z.string().min(1).optional() }))
      .max(dimensionsMax)
      .default([]),
    RecentlyActive: z.literal("PT3H").optional(),
    NextToken: token,
  }),
  PutAlarmMuteRule: muteRuleInput.safeExtend({ Name: name }),
  GetAlarmMuteRule: z.strictObject({ AlarmMuteRuleName: name }),
  DeleteAlarmMuteRule: z.strictObject({ AlarmMuteRuleName: name }),
  ListAlarmMuteRules: z.strictObject({
    AlarmName: name.optional(),
    Statuses: z.array(z.enum(["SCHEDULED", "ACTIVE", "EXPIRED"])).optional(),
    MaxRecords: records,
    NextToken: token,
  }),
} satisfies Record<string, z.ZodType>;

export type OperationName = keyof typeof inputs;

export type Input<Name extends OperationName> = z.output<(typeof inputs)[Name]>;

/** The schemas, for a generic operation name. */
const schemas: { readonly [Name in OperationName]: z.ZodType<Input<Name>> } = inputs;

export const isOperation = (text: string): text is OperationName => Object.hasOwn(inputs, text);

/** Parses an input. Fails with a validation error that names the members. */
export const parseInput = <Name extends OperationName>(name: Name, body: unknown): Input<Name> => {
  const schema: z.ZodType<Input<Name>> = schemas[name];
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
  throw validationError(problems.join("; "));
};
