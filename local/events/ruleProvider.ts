import * as z from "zod";
import { type ResourceContext, resourceProvider } from "../template/resourceProvider.ts";
import { eventAgeSecondsMax, eventAgeSecondsMin, retriesMax, targetsMax } from "./limits.ts";
import { compilePattern, type Matches } from "./pattern.ts";
import { scheduleMs } from "./schedule.ts";
import { inputProperties, type TargetInput, targetInput } from "./targetInput.ts";

const target = z.strictObject({
  Id: z.string(),
  Arn: z.string(),
  RoleArn: z.string().optional(),
  ...inputProperties,
  RetryPolicy: z
    .strictObject({
      MaximumRetryAttempts: z.int().min(0).max(retriesMax).default(retriesMax),
      MaximumEventAgeInSeconds: z
        .int()
        .min(eventAgeSecondsMin)
        .max(eventAgeSecondsMax)
        .default(eventAgeSecondsMax),
    })
    .prefault({}),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
});

const properties = z.strictObject({
  Name: z.string().optional(),
  Description: z.unknown().optional(),
  // The default bus is the only one.
  EventBusName: z
    .union([z.literal("default"), z.templateLiteral(["arn:", z.string(), ":event-bus/default"])])
    .optional(),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Tags: z.unknown().optional(),
  Targets: z.array(target).max(targetsMax).default([]),
});

/** A rule of a template. */
export interface RuleDefinition {
  readonly name: string;
  readonly arn: string;
  readonly place: ResourceContext;
  readonly isEnabled: boolean;
  readonly matches: Matches | undefined;
  readonly everyMs: number | undefined;
  readonly targets: readonly TargetDefinition[];
}

export interface TargetDefinition {
  readonly id: string;
  readonly arn: string;
  readonly roleArn: string | undefined;
  readonly input: TargetInput;
  readonly retriesMax: number;
  readonly ageMsMax: number;
  readonly deadLetterArn: string | undefined;
}

/** `AWS::Events::Rule` on the default event bus. */
export const ruleProvider = (add: (rule: RuleDefinition) => void) =>
  resourceProvider({
    type: "AWS::Events::Rule",
    properties,
    create({ EventPattern, ScheduleExpression, State, Targets, ...given }, place) {
      if (EventPattern === undefined && ScheduleExpression === undefined) {
        throw new Error("a rule requires an EventPattern or a ScheduleExpression");
      }
      const name = given.Name ?? `${place.stack}-${place.logicalId}`;
      const arn = `arn:aws:events:${place.region}:${place.account}:rule/${name}`;
      const rule = {
        name,
        arn,
        place,
        isEnabled: State === "ENABLED",
        matches: EventPattern === undefined ? undefined : compilePattern(EventPattern),
        everyMs: ScheduleExpression === undefined ? undefined : scheduleMs(ScheduleExpression),
        targets: Targets.map(targetDefinition),
      };
      add(rule);
      return { ref: name, attributes: { Arn: arn } };
    },
  });

const targetDefinition = (given: z.output<typeof target>): TargetDefinition => ({
  id: given.Id,
  arn: given.Arn,
  roleArn: given.RoleArn,
  input: targetInput(given),
  retriesMax: given.RetryPolicy.MaximumRetryAttempts,
  ageMsMax: given.RetryPolicy.MaximumEventAgeInSeconds * 1_000,
  deadLetterArn: given.DeadLetterConfig?.Arn,
});
