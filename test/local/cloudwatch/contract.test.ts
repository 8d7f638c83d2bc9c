import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ActiveAlarm } from "#shared/alarm/alarmStates.ts";
import { renderAlarmText } from "#shared/alarm/alarmText.ts";
import { cloudWatchAlarmStates } from "#shared/aws/alarm/alarmStates.ts";
import { cloudWatchRegionMetrics } from "#shared/aws/operations/regionMetrics.ts";
import { type CloudWatch, startCloudWatch } from "../../../local/cloudwatch/cloudwatch.ts";
import { alarmStatesContract, sampleAlarm } from "../../contracts/alarm/alarmStates.ts";
import { credentials } from "../support/signing.ts";

const region = "us-east-1";
/** How far the clock of CloudWatch is ahead: two minutes are evaluated. */
const aheadMs = 120_000;
const topic = `arn:aws:sns:${region}:000000000000:Pages`;

let cloudwatch: CloudWatch;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-03-01T10:00:30Z") });
  cloudwatch = await startCloudWatch({
    folder: undefined,
    region,
    account: "000000000000",
    credentials,
    sources: () => [],
    outlets: { publish: async () => {}, putEvent: () => {} },
    quotaOf: () => undefined,
    log: () => {},
  });
  process.env.AWS_REGION = region;
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  process.env.AWS_ENDPOINT_URL_CLOUDWATCH = cloudwatch.url;
});
afterEach(async () => {
  await cloudwatch.stop();
  vi.useRealTimers();
});

const create = async (type: string, properties: object) => {
  const provider = cloudwatch.providers.find((each) => each.type === `AWS::CloudWatch::${type}`);
  const place = { stack: "S", logicalId: "A", region, account: "000000000000" };
  await provider!.create(provider!.properties.parse(properties), place);
};

const createAlarm = async ({
  name,
  text,
  contributors,
  isComposite,
  members,
  pages,
}: ActiveAlarm) => {
  const common = {
    AlarmName: name,
    ...(text && { AlarmDescription: renderAlarmText(text) }),
    AlarmActions: pages ? [topic] : [],
  };
  if (isComposite) {
    const AlarmRule = ["FALSE", ...members.map((member) => `ALARM("${member}")`)].join(" OR ");
    return await create("CompositeAlarm", { ...common, AlarmRule });
  }
  const Expression = "SELECT SUM(Failure) FROM App GROUP BY RuleName";
  await create("Alarm", {
    ...common,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    ...(contributors.length > 0
      ? { Metrics: [{ Id: "q1", Expression, Period: 60 }] }
      : { Namespace: "App", MetricName: "None", Statistic: "Sum", Period: 60 }),
  });
};

/** Puts the alarms into their states at their times. */
const openWith = async (alarms: readonly ActiveAlarm[]) => {
  for (const alarm of alarms) await createAlarm(alarm);
  await cloudwatch.open();
  for (const pair of alarms.flatMap(({ contributors }) => contributors)) {
    const [name = "", value = ""] = pair.split("=");
    const dimensions = { [name]: value };
    cloudwatch.sink.put({ namespace: "App", name: "Failure", dimensions, value: 1 });
  }
  await cloudwatch.advance(aheadMs);
  for (const { name, state, since, reason } of alarms) {
    vi.setSystemTime(since.getTime() - aheadMs);
    await cloudwatch.setState(name, { state: "OK", reason: { text: "" } });
    await cloudwatch.setState(name, { state, reason: { text: reason } });
  }
  return cloudWatchAlarmStates((_, error) => {
    throw error;
  });
};

alarmStatesContract(openWith);

it("an alarm that a mute rule holds back, and one whose actions are disabled, do not page", async () => {
  const names = ["Godwit-Muted", "Godwit-Disabled", "Godwit-Pages"];
  await create("AlarmMuteRule", {
    Name: "Deployment",
    Rule: { Schedule: { Expression: "cron(* * * * *)", Duration: "PT5M" } },
    MuteTargets: { AlarmNames: ["Godwit-Muted"] },
  });
  const states = await openWith(names.map((name) => sampleAlarm({ name })));
  cloudwatch.alarms.setActionsEnabled("Godwit-Disabled", false);
  const found = await states.active(region);
  expect(found.map(({ name, pages }) => [name, pages])).toEqual([
    ["Godwit-Disabled", false],
    ["Godwit-Muted", false],
    ["Godwit-Pages", true],
  ]);
});

it("the metrics of a region are read as functions and services write them", async () => {
  await cloudwatch.open();
  const time = Date.now() - 60_000;
  const put = (namespace: string, name: string, value: number, dimensions: object) =>
    cloudwatch.sink.put({ namespace, name, value, time, dimensions: { ...dimensions } });
  for (const [QueueName, age] of Object.entries({ "Godwit-A": 3, "Godwit-B": 90, another: 900 })) {
    put("AWS/SQS", "ApproximateAgeOfOldestMessage", age, { QueueName });
    put("AWS/SQS", "ApproximateNumberOfMessagesVisible", age / 3, { QueueName });
  }
  put("Godwit", "LedgerMissing", 0, { service: "ledger" });
  put("Godwit", "DeliveriesOverdue", 5, { service: "ledger", integration: "late" });
  put("Godwit", "CanaryFailure", 0, { check: "api", region });
  put("Godwit", "CanaryLatency", 41, { check: "api", region });
  const at = Date.parse("2026-03-01T09:59:00Z");
  expect(await cloudWatchRegionMetrics(Date.now).read(region)).toEqual({
    queues: [
      { name: "Godwit-B", oldestSeconds: 90, visible: 30, at },
      { name: "Godwit-A", oldestSeconds: 3, visible: 1, at },
    ],
    ledger: { missing: 0, overdue: [{ integration: "late", deliveries: 5 }], at },
    canary: [{ check: "api", passed: true, latencyMs: 41, at }],
  });
});
