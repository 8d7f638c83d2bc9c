import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { app, ofType, only, regionOf, templateOf } from "./synthesized.ts";

const region = regionOf(app());
const alarms = ofType(region, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);

/** The alarms of a metric of a resource. */
const watching = (metric: string, logicalId: string) =>
  alarms.filter(
    ({ MetricName, Dimensions }) =>
      MetricName === metric && JSON.stringify(Dimensions).includes(`"${logicalId}"`),
  );

/** The anchor that GitHub generates for a heading. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

const anchors = readFileSync("docs/runbook.md", "utf8")
  .split("\n")
  .flatMap((line) => /^## (.+)$/.exec(line)?.[1] ?? [])
  .map(anchor);

describe("every alarm", () => {
  it.each(alarms)("pages on ALARM and on OK: $AlarmDescription", (alarm) => {
    const [topic] = only(region, "AWS::SNS::Topic");
    // The alarm of the API is in another stack and imports the topic.
    const out = [expect.toSatisfy((action) => JSON.stringify(action).includes(topic))];
    expect(alarm.AlarmActions).toEqual(out);
    expect(alarm.OKActions).toEqual(out);
  });

  it.each(alarms)("links to an entry of the runbook: $AlarmDescription", (alarm) => {
    const link = / docs\/runbook\.md#([\w-]+)$/.exec(alarm.AlarmDescription)?.[1];
    expect(anchors).toContain(link);
  });

  it.each(alarms)("defines the meaning of missing data: $AlarmDescription", (alarm) => {
    expect(["notBreaching", "breaching"]).toContain(alarm.TreatMissingData);
  });

  it("has a unique description", () => {
    const descriptions = alarms.map(({ AlarmDescription }) => AlarmDescription);
    expect(new Set(descriptions).size).toBe(descriptions.length);
  });
});

it("every entry of the runbook has an alarm, and every alarm has an entry", () => {
  const edge = app({ domain: "api.example.com", hostedZoneId: "Z0123456789ABC" });
  const others = ofType(templateOf(edge, "Godwit-EdgePages"), "AWS::CloudWatch::Alarm").map(
    ([, { Properties }]) => Properties,
  );
  const linked = [...alarms, ...others].map(
    ({ AlarmDescription }) => AlarmDescription.split("#")[1],
  );
  expect([...new Set(linked)].sort()).toEqual(anchors.toSorted());
});

describe("an alarm monitors", () => {
  const queues = ofType(region, "AWS::SQS::Queue");
  const work = queues.filter(([, { Properties }]) => Properties.RedrivePolicy);
  const deadLetters = queues.filter(([, { Properties }]) => !Properties.RedrivePolicy);

  it("every dead-letter queue, from the first message", () => {
    expect(deadLetters).toHaveLength(7);
    for (const [id] of deadLetters) {
      expect(watching("ApproximateNumberOfMessagesVisible", id)).toMatchObject([{ Threshold: 1 }]);
    }
  });

  it("every work queue, by its oldest message and by its backlog", () => {
    expect(work).toHaveLength(7);
    for (const [id] of work) {
      expect(watching("ApproximateAgeOfOldestMessage", id)).toHaveLength(1);
      expect(watching("ApproximateNumberOfMessagesVisible", id)).toHaveLength(1);
    }
  });

  it("the age of deliveries above the longest intended delay", () => {
    const [id] = work.find(([name]) => name.includes("Deliveries")) ?? [];
    const [age] = watching("ApproximateAgeOfOldestMessage", id ?? "");
    expect(age?.Threshold).toBeGreaterThan(900);
  });

  it("every function except the admin function, by its errors and throttles", () => {
    const functions = ofType(region, "AWS::Lambda::Function");
    const named = new Map<string, string>(
      functions.map(([id, { Properties }]) => [
        Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
        id,
      ]),
    );
    expect(named.size).toBe(26);
    expect(watching("Errors", named.get("admin") ?? "")).toHaveLength(0);
    named.delete("admin");
    for (const id of named.values()) {
      expect(watching("Errors", id)).toHaveLength(1);
      expect(watching("Throttles", id)).toHaveLength(1);
    }
  });

  it.each(["Failure", "ErrorActionFailure", "RuleMessageThrottled"])(
    "the metric %s of every rule, for all its actions",
    (metric) => {
      for (const [, rule] of ofType(region, "AWS::IoT::TopicRule")) {
        const query = `SELECT SUM(${metric}) FROM "AWS/IoT" WHERE RuleName = '${rule.Properties.RuleName}'`;
        const found = alarms.filter(({ Metrics }) => Metrics?.[0].Expression === query);
        expect(found).toHaveLength(1);
      }
    },
  );

  it("a schedule that stops", () => {
    const silent = alarms.filter(({ TreatMissingData }) => TreatMissingData === "breaching");
    const stopped = { MetricName: "Invocations", ComparisonOperator: "LessThanThreshold" };
    expect(silent).toMatchObject([stopped, stopped, stopped, stopped, stopped]);
  });

  it.each(["FailedEventsFound", "FailedEventsMalformed"])("the metric %s of recover", (metric) => {
    const found = alarms.filter(({ MetricName }) => MetricName === metric);
    expect(found).toMatchObject([
      { Namespace: "Godwit", Dimensions: [{ Name: "service", Value: "recover" }] },
    ]);
  });

  it("deliveries that are requeued late", () => {
    const found = alarms.filter(({ MetricName }) => MetricName === "DeliveriesLate");
    expect(found).toMatchObject([
      { Namespace: "Godwit", Dimensions: [{ Name: "service", Value: "requeue" }] },
    ]);
  });

  it.each(["route", "deliver"])("unreadable integrations in %s", (service) => {
    const found = alarms.filter(
      ({ MetricName, Dimensions }) =>
        MetricName === "IntegrationsUnreadable" && Dimensions[0].Value === service,
    );
    expect(found).toMatchObject([{ Namespace: "Godwit", Dimensions: [{ Name: "service" }] }]);
  });

  it("devices that are not provisioned in this region", () => {
    const found = alarms.filter(({ MetricName }) => MetricName === "DevicesNotProvisioned");
    expect(found).toMatchObject([
      { Namespace: "Godwit", Dimensions: [{ Name: "service", Value: "provision" }] },
    ]);
  });

  it("the API's 5xx responses", () => {
    expect(alarms.filter(({ MetricName }) => MetricName === "5XXError")).toHaveLength(1);
  });
});

describe("the topic of the pages", () => {
  it("allows alarms of this account to publish and to use its key", () => {
    const alarmsMay = (Action: string | string[]) =>
      expect.objectContaining({
        Effect: "Allow",
        Action,
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: expect.objectContaining({
          StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
        }),
      });
    const [, policy] = only(region, "AWS::SNS::TopicPolicy");
    const [, topic] = only(region, "AWS::SNS::Topic");
    const [keyId] = topic.Properties.KmsMasterKeyId["Fn::GetAtt"];
    const [, key] = ofType(region, "AWS::KMS::Key").find(([id]) => id === keyId) ?? [];
    expect(policy.Properties.PolicyDocument.Statement).toContainEqual(alarmsMay("sns:Publish"));
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual(
      alarmsMay(["kms:Decrypt", "kms:GenerateDataKey"]),
    );
  });

  it("mails the address in the context", () => {
    const mailed = regionOf(app({ pageEmail: "on-call@example.org" }));
    expect(ofType(mailed, "AWS::SNS::Subscription")).toMatchObject([
      [expect.anything(), { Properties: { Protocol: "email", Endpoint: "on-call@example.org" } }],
    ]);
  });
});
