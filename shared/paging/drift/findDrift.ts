import type { Severity } from "../../alarm/alarmText.ts";
import { alarmNamePrefix } from "../../alarm/limits.ts";
import { isRecord } from "../../platform/isRecord.ts";
import type { Deployment, TemplateResource } from "./deployment.ts";
import { isAsExpected, type ReadonlyRecord, type Refs } from "./expectedValue.ts";

/** A difference between the path of pages and its template. */
export interface Drift {
  /** One line, the same in each check. */
  readonly text: string;
  readonly severity: Exclude<Severity, "critical">;
  /** Whether it may be there for a while, as a mute rule of a maintenance. */
  readonly isTemporary?: true;
  /** It has a page of its own: `openRuleCheck`. */
  readonly hasOwnPage?: true;
}

/** Every difference by which a page is missing, late or wrong. */
export const findDrift = (deployment: Deployment): Drift[] => [
  ...deployment.stacks.flatMap((resources) => {
    const refs = refsOf(resources);
    return resources.flatMap((resource) => driftOf(resource, refs, deployment));
  }),
  ...mutes(deployment),
];

const refsOf = (resources: readonly TemplateResource[]): Refs =>
  new Map(
    resources.flatMap(({ logicalId, physicalId }): [string, string][] =>
      physicalId === undefined ? [] : [[logicalId, physicalId]],
    ),
  );

const driftOf = (resource: TemplateResource, refs: Refs, deployment: Deployment): Drift[] => {
  switch (resource.type) {
    case "AWS::CloudWatch::Alarm":
    case "AWS::CloudWatch::CompositeAlarm":
      return alarmDrift(resource, refs, deployment);
    case "AWS::Events::Rule":
    case "AWS::IoT::TopicRule":
      return ruleDrift(resource, refs, deployment);
    case "AWS::SNS::Subscription":
      return subscriptionDrift(resource, refs, deployment);
    case "AWS::SNS::Topic":
      return [];
  }
};

/** The properties that decide whether, when and to whom an alarm pages, and their defaults. */
const compared: Readonly<Record<string, unknown>> = {
  MetricName: undefined,
  Namespace: undefined,
  Dimensions: undefined,
  Metrics: undefined,
  Statistic: undefined,
  ExtendedStatistic: undefined,
  Period: undefined,
  Unit: undefined,
  EvaluationPeriods: undefined,
  DatapointsToAlarm: undefined,
  Threshold: undefined,
  ComparisonOperator: undefined,
  TreatMissingData: "missing",
  EvaluateLowSampleCountPercentile: undefined,
  AlarmRule: undefined,
  ActionsSuppressor: undefined,
  AlarmDescription: undefined,
};

const alarmDrift = (
  { logicalId, type, properties, physicalId }: TemplateResource,
  refs: Refs,
  { alarms }: Deployment,
): Drift[] => {
  const alarm = physicalId === undefined ? undefined : alarms.get(physicalId);
  if (alarm === undefined) {
    return [{ text: `The alarm ${physicalId ?? logicalId} is missing.`, severity: "error" }];
  }
  const name = physicalId ?? logicalId;
  const isMetric = type === "AWS::CloudWatch::Alarm";
  const settings = Object.entries(compared).flatMap(([property, byDefault]): Drift[] => {
    const expected = properties[property] ?? (isMetric ? byDefault : undefined);
    const actual = alarm[property] ?? (isMetric ? byDefault : undefined);
    const isSame =
      expected === undefined ? isDefault(property, alarm) : isAsExpected(expected, actual, refs);
    if (isSame) return [];
    const values = isScalar(expected) && isScalar(actual) ? `: ${actual}, not ${expected}` : "";
    return [{ text: `The alarm ${name} has another ${property}${values}.`, severity: "warning" }];
  });
  return [...settings, ...actionDrift(name, { properties, alarm, refs })];
};

/**
 * Whether a property that the template does not have leaves the alarm as it is: "If you omit this
 * parameter, CloudWatch uses the same value here that you set for EvaluationPeriods".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const isDefault = (property: string, alarm: ReadonlyRecord): boolean => {
  const actual = alarm[property];
  if (property === "DatapointsToAlarm" && actual === alarm.EvaluationPeriods) return true;
  return (
    actual === undefined || !["ActionsSuppressor", "Unit", "DatapointsToAlarm"].includes(property)
  );
};

const isScalar = (value: unknown): boolean =>
  ["number", "boolean"].includes(typeof value) || (typeof value === "string" && value.length < 60);

const actionDrift = (
  name: string,
  {
    properties,
    alarm,
    refs,
  }: { readonly properties: ReadonlyRecord; readonly alarm: ReadonlyRecord; readonly refs: Refs },
): Drift[] => {
  const drift: Drift[] = [];
  if (properties.ActionsEnabled !== false && alarm.ActionsEnabled === false) {
    drift.push({ text: `The actions of the alarm ${name} are disabled.`, severity: "error" });
  }
  const expected = Array.isArray(properties.AlarmActions) ? properties.AlarmActions : [];
  const actual: readonly unknown[] = Array.isArray(alarm.AlarmActions) ? alarm.AlarmActions : [];
  const isKept = expected.every((one) => actual.some((each) => isAsExpected(one, each, refs)));
  if (!isKept)
    drift.push({ text: `An action of the alarm ${name} is missing.`, severity: "error" });
  if (actual.length > expected.length) {
    drift.push({ text: `The alarm ${name} has further actions.`, severity: "warning" });
  }
  return drift;
};

const ruleDrift = (
  { logicalId, properties, physicalId }: TemplateResource,
  refs: Refs,
  { rules }: Deployment,
): Drift[] => {
  const name = physicalId ?? logicalId;
  const rule = rules.get(name);
  if (rule === undefined) return [{ text: `The rule ${name} is missing.`, severity: "error" }];
  const drift: Drift[] = [];
  if (properties.State !== "DISABLED" && !rule.isEnabled) {
    drift.push({ text: `The rule ${name} is disabled.`, severity: "error", hasOwnPage: true });
  }
  const targets = Array.isArray(properties.Targets) ? properties.Targets : [];
  const missing = targets.filter((target) => {
    const arn: unknown = isRecord(target) ? target.Arn : undefined;
    return !rule.targets.some((each) => isAsExpected(arn, each, refs));
  });
  if (missing.length > 0 || rule.targets.length < targets.length) {
    drift.push({ text: `A target of the rule ${name} is missing.`, severity: "error" });
  }
  return drift;
};

const subscriptionDrift = (
  { logicalId, properties }: TemplateResource,
  refs: Refs,
  { subscriptions }: Deployment,
): Drift[] => {
  const { TopicArn, Protocol, Endpoint } = properties;
  const topics = [...subscriptions].filter(([arn]) => isAsExpected(TopicArn, arn, refs));
  const found = topics
    .flatMap(([, each]) => each)
    .find(
      ({ protocol, endpoint }) => protocol === Protocol && isAsExpected(Endpoint, endpoint, refs),
    );
  if (found?.isConfirmed) return [];
  const what = `The subscription ${logicalId} (${Protocol}) of the topic of pages`;
  const state = found === undefined ? "is missing" : "is not confirmed";
  return [{ text: `${what} ${state}.`, severity: "error" }];
};

const mutes = ({ mutes: given }: Deployment): Drift[] =>
  [...given].flatMap(([name, alarms]): Drift[] => {
    const count = alarms.filter((each) => each.startsWith(alarmNamePrefix)).length;
    if (count === 0) return [];
    return [
      {
        text: `The mute rule ${name} holds back alarms (${count}).`,
        severity: "error",
        isTemporary: true,
      },
    ];
  });
