import * as z from "zod";
import { muteTargetsMax } from "../limits.ts";
import { parseDuration, parseSchedule, type Schedule } from "./schedule.ts";

/** The time in which a mute rule mutes its alarms, in ms since 1970. */
export interface MuteWindow {
  readonly arn: string;
  readonly start: number;
  readonly end: number;
}

const iso = z.iso.datetime({ offset: true, local: true }).transform((text) => {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text);
  return Date.parse(hasZone ? text : `${text}Z`);
});
/** A time: ISO 8601 in a template, seconds since 1970 in the API. */
const time = z.union([
  iso,
  z.number().transform((seconds) => seconds * 1_000),
  z.date().transform(Number),
]);

/**
 * The properties of `AWS::CloudWatch::AlarmMuteRule`, which are those of `PutAlarmMuteRule`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
 */
export const muteRuleInput = z.strictObject({
  Name: z.string().min(1).max(255).optional(),
  Description: z.string().optional(),
  Rule: z.strictObject({
    Schedule: z.strictObject({
      Expression: z.string().min(1).max(256),
      Duration: z.string().min(1).max(50),
      Timezone: z.string().min(1).max(50).optional(),
    }),
  }),
  MuteTargets: z
    .strictObject({ AlarmNames: z.array(z.string().min(1).max(255)).max(muteTargetsMax) })
    .optional(),
  StartDate: time.optional(),
  ExpireDate: time.optional(),
  Tags: z.unknown().optional(),
});

export type MuteRuleInput = z.output<typeof muteRuleInput>;

/** A rule that mutes the actions of alarms while its window is open. */
export interface MuteRule {
  readonly name: string;
  readonly arn: string;
  readonly input: MuteRuleInput;
  readonly targets: ReadonlySet<string>;
  readonly schedule: Schedule;
  readonly durationMs: number;
  readonly updatedAt: number;
}

/**
 * Creates a mute rule. Fails with an error that a person can act on if its schedule is not valid.
 */
export const muteRule = (
  input: MuteRuleInput,
  { name, region, account, now }: { name: string; region: string; account: string; now: number },
): MuteRule => {
  const { Expression, Duration, Timezone = "UTC" } = input.Rule.Schedule;
  return {
    name,
    arn: `arn:aws:cloudwatch:${region}:${account}:alarm-mute-rule:${name}`,
    input,
    targets: new Set(input.MuteTargets?.AlarmNames),
    schedule: parseSchedule(Expression, Timezone),
    durationMs: parseDuration(Duration),
    updatedAt: now,
  };
};

/**
 * The open window of a rule at a time; `undefined` when it is closed. A rule without a schedule
 * that has begun before `StartDate` or after `ExpireDate` is closed.
 */
export const windowOf = (rule: MuteRule, now: number): MuteWindow | undefined => {
  const { schedule, durationMs, input, arn } = rule;
  const { StartDate = Number.NEGATIVE_INFINITY, ExpireDate = Number.POSITIVE_INFINITY } = input;
  if (now < StartDate || now >= ExpireDate) return undefined;
  const start = schedule.lastStart(now, now - durationMs);
  if (start === undefined) return undefined;
  return { arn, start, end: Math.min(start + durationMs, ExpireDate) };
};

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmMuteRuleSummary.html
 */
export const muteStatus = (rule: MuteRule, now: number): "SCHEDULED" | "ACTIVE" | "EXPIRED" => {
  if (windowOf(rule, now) !== undefined) return "ACTIVE";
  const { ExpireDate } = rule.input;
  const isOver = ExpireDate !== undefined && now >= ExpireDate;
  return isOver || !rule.schedule.hasStartAfter(now) ? "EXPIRED" : "SCHEDULED";
};
