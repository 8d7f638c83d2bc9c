import { describe, expect, it } from "vitest";
import { compilePattern } from "../../local/events/pattern.ts";
import { synthesisMsMax } from "./lifecycle/deployments.ts";
import { app, ofType, templateOf } from "./synthesized.ts";

const [a, b] = ["us-east-1", "eu-west-1"];
const two = app({ regions: `${a},${b}` });
/** The rules of the watcher that react to events. */
const rulesOf = (made: typeof two, region: string) =>
  ofType(templateOf(made, `Godwit-Operations-${region}`), "AWS::Events::Rule")
    .filter(([id]) => id.startsWith("Watcher"))
    .map(([, { Properties }]) => Properties)
    .filter(({ EventPattern }) => EventPattern !== undefined);

const alarmOf = (region: string, alarmName = "Godwit-Region-x", [from, to] = ["OK", "ALARM"]) => ({
  source: "aws.cloudwatch",
  "detail-type": "CloudWatch Alarm State Change",
  region,
  detail: { alarmName, state: { value: to }, previousState: { value: from } },
});
const heartbeatOf = (from: string) => ({
  source: "godwit.watcher",
  "detail-type": "Godwit Heartbeat",
  region: from,
  detail: { from },
});

describe("with two regions, the rules of a region", () => {
  const rules = rulesOf(two, a);
  const forward = rules.find(({ Targets }) => JSON.stringify(Targets).includes("event-bus"));
  const invoke = rules.find(({ Targets }) => !JSON.stringify(Targets).includes("event-bus"));

  it("forward its own alarms and heartbeats to the event bus of the next region, once", () => {
    const matches = compilePattern(forward?.EventPattern);
    expect([alarmOf(a), heartbeatOf(a)].map((event) => matches(event))).toEqual([true, true]);
    // Events of another region would circulate.
    expect([alarmOf(b), heartbeatOf(b)].map((event) => matches(event))).toEqual([false, false]);
    expect(matches(alarmOf(a, "OtherApplication"))).toBe(false);
    expect(JSON.stringify(forward?.Targets[0].Arn)).toContain(`:events:${b}:`);
    expect(forward?.Targets[0].RoleArn).toBeDefined();
  });

  it("invoke its watcher with the alarms and heartbeats of the other region only", () => {
    const matches = compilePattern(invoke?.EventPattern);
    expect([alarmOf(b), heartbeatOf(b)].map((event) => matches(event))).toEqual([true, true]);
    expect([alarmOf(a), heartbeatOf(a)].map((event) => matches(event))).toEqual([false, false]);
  });
});

it("with one region, the watcher gets the alarms and heartbeats of its own region", () => {
  const [rule, ...others] = rulesOf(app(), a);
  expect(others).toEqual([]);
  const matches = compilePattern(rule?.EventPattern);
  expect([alarmOf(a), heartbeatOf(a)].map((event) => matches(event))).toEqual([true, true]);
});

describe.each(["Watcher", "StatusPage"])("the rule of %s", (construct) => {
  const rules = ofType(templateOf(app(), `Godwit-Operations-${a}`), "AWS::Events::Rule")
    .filter(([id]) => id.startsWith(construct))
    .flatMap(([, { Properties }]) => Properties.EventPattern ?? []);

  it.each([
    ["OK", "ALARM", true],
    ["INSUFFICIENT_DATA", "ALARM", true],
    ["ALARM", "OK", true],
    ["ALARM", "INSUFFICIENT_DATA", true],
    // The first state of each alarm after a deployment: more than a hundred at once.
    ["INSUFFICIENT_DATA", "OK", false],
    ["OK", "INSUFFICIENT_DATA", false],
  ])("matches the change of an alarm from %s to %s: %s", (from, to, isMatch) => {
    expect(rules).toHaveLength(1);
    expect(compilePattern(rules[0])(alarmOf(a, "Godwit-Region-x", [from, to]))).toBe(isMatch);
  });
});

it("no receiver's secret is in a template, only the name of its parameter", {
  timeout: synthesisMsMax,
}, () => {
  const pageReceivers = [{ kind: "pagerDuty", name: "p", secret: "/godwit/pages/pagerduty" }];
  const template = templateOf(app({ pageReceivers }), `Godwit-Operations-${a}`);
  const [, policy] =
    ofType(template, "AWS::IAM::Policy").find(([id]) => id.includes("watcher")) ?? [];
  expect(policy?.Properties.PolicyDocument.Statement).toContainEqual({
    Action: "ssm:GetParameters",
    Effect: "Allow",
    Resource: {
      "Fn::Join": [
        "",
        [`arn:aws:ssm:${a}:`, { Ref: "AWS::AccountId" }, ":parameter/godwit/pages/pagerduty"],
      ],
    },
  });
});

it("without CloudFront, the operations have no distribution, and messages no link to a page", {
  timeout: synthesisMsMax,
}, () => {
  const template = templateOf(app({ statusPage: { cloudFront: false } }), `Godwit-Operations-${a}`);
  const types = Object.values(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type.startsWith("AWS::CloudFront"))).toEqual([]);
  const named = ofType(template, "AWS::Lambda::Function").map(([, { Properties }]) => Properties);
  expect(named.map(({ FunctionName }) => FunctionName)).toEqual(
    expect.arrayContaining(["godwit-watcher", "godwit-status", "godwit-notify"]),
  );
  for (const { Environment } of named) {
    expect(Environment.Variables).not.toHaveProperty("STATUS_URL");
  }
  expect(JSON.stringify(template.Outputs.StatusPageUrl)).toContain("CloudFront is left out");
});
