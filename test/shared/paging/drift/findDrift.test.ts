import { describe, expect, it } from "vitest";
import type { Deployment } from "#shared/paging/drift/deployment.ts";
import { findDrift } from "#shared/paging/drift/findDrift.ts";
import { aDeployment, alarmName, anAlarm, ruleName, topicArn } from "./samples.ts";

const textsOf = (change: Partial<Deployment>) =>
  findDrift(aDeployment(change)).map(({ text, severity }) => `${severity}: ${text}`);

const withAlarm = (change: object) =>
  textsOf({ alarms: new Map([[alarmName, { ...anAlarm, ...change }]]) });

it("a deployment that is as its templates has no drift", () => {
  expect(textsOf({})).toEqual([]);
});

describe("an alarm drifts", () => {
  it("when it is missing", () => {
    expect(textsOf({ alarms: new Map() })).toEqual([`error: The alarm ${alarmName} is missing.`]);
  });

  it.each([
    ["Threshold", 50, ": 50, not 5"],
    ["Period", 300, ": 300, not 60"],
    ["EvaluationPeriods", 9, ": 9, not 3"],
    ["DatapointsToAlarm", 3, ": 3, not 2"],
    ["MetricName", "Errors", ": Errors, not Age"],
    ["Namespace", "AWS/X", ": AWS/X, not AWS/SQS"],
    ["Statistic", "Sum", ": Sum, not Maximum"],
    ["ComparisonOperator", "LessThanThreshold", ": LessThanThreshold, not GreaterThanThreshold"],
    ["TreatMissingData", "ignore", ": ignore, not breaching"],
    ["Dimensions", [{ Name: "QueueName", Value: "other" }], ""],
    ["Dimensions", [], ""],
  ])("when its %s is %j", (property, value, values) => {
    expect(withAlarm({ [property]: value })).toEqual([
      `warning: The alarm ${alarmName} has another ${property}${values}.`,
    ]);
  });

  it("when a setting is there that its template does not have", () => {
    expect(withAlarm({ Unit: "Seconds" })).toEqual([
      `warning: The alarm ${alarmName} has another Unit.`,
    ]);
  });

  it("not when CloudWatch returns a default", () => {
    const [resources = []] = aDeployment().stacks;
    const stacks = [resources.map((one) => ({ ...one, properties: { ...one.properties } }))];
    for (const { properties } of stacks[0] ?? [])
      Reflect.deleteProperty(properties, "DatapointsToAlarm");
    const found = (DatapointsToAlarm: number) =>
      textsOf({ stacks, alarms: new Map([[alarmName, { ...anAlarm, DatapointsToAlarm }]]) });
    expect(found(anAlarm.EvaluationPeriods)).toEqual([]);
    expect(found(2)).toEqual([`warning: The alarm ${alarmName} has another DatapointsToAlarm.`]);
  });

  it("when its actions are disabled, removed or others", () => {
    expect(withAlarm({ ActionsEnabled: false })).toEqual([
      `error: The actions of the alarm ${alarmName} are disabled.`,
    ]);
    const missing = `error: An action of the alarm ${alarmName} is missing.`;
    expect(withAlarm({ AlarmActions: [] })).toEqual([missing]);
    expect(withAlarm({ AlarmActions: [`${topicArn}2`] })).toEqual([missing]);
  });
});

describe("a rule drifts", () => {
  const rules = (rule: { isEnabled?: boolean; targets?: string[] }) =>
    textsOf({ rules: new Map([[ruleName, { isEnabled: true, targets: [topicArn], ...rule }]]) });

  it("when it is missing, disabled or has no target", () => {
    expect(textsOf({ rules: new Map() })).toEqual([`error: The rule ${ruleName} is missing.`]);
    expect(rules({ isEnabled: false })).toEqual([`error: The rule ${ruleName} is disabled.`]);
    const target = `error: A target of the rule ${ruleName} is missing.`;
    expect(rules({ targets: [] })).toEqual([target]);
    expect(rules({ targets: ["arn:aws:sns:us-east-1:1:other"] })).toEqual([target]);
  });
});

describe("the subscription of a person drifts", () => {
  const what = "error: The subscription Mail (email) of the topic of pages";
  const found = { protocol: "email", endpoint: "ops@example.org", isConfirmed: true };
  const subscriptions = (...given: (typeof found)[]) =>
    textsOf({ subscriptions: new Map([[topicArn, given]]) });

  it("when it or its topic is missing, and while it is not confirmed", () => {
    expect(textsOf({ subscriptions: new Map() })).toEqual([`${what} is missing.`]);
    expect(subscriptions()).toEqual([`${what} is missing.`]);
    expect(subscriptions({ ...found, endpoint: "other@example.org" })).toEqual([
      `${what} is missing.`,
    ]);
    expect(subscriptions({ ...found, isConfirmed: false })).toEqual([`${what} is not confirmed.`]);
    expect(subscriptions({ ...found, protocol: "https" }, found)).toEqual([]);
  });
});

it("a mute rule drifts while it holds back alarms of Godwit", () => {
  expect(findDrift(aDeployment({ mutes: new Map([["night", [alarmName, "Other"]]]) }))).toEqual([
    {
      text: "The mute rule night holds back alarms (1).",
      severity: "error",
      isTemporary: true,
    },
  ]);
  expect(textsOf({ mutes: new Map([["night", ["Other"]]]) })).toEqual([]);
});
