import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type CloudWatch, startCloudWatch } from "../../local/cloudwatch/cloudwatch.ts";
import { muteMinutesMax } from "../../preflight/limits.ts";
import { muteAlarms } from "../../preflight/muteAlarms.ts";

const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
const place = { region: "us-east-1", account: "000000000000" };
const minuteMs = 60_000;
const silent = {
  Namespace: "App",
  MetricName: "Runs",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "LessThanThreshold",
  TreatMissingData: "breaching",
  AlarmActions: ["arn:aws:sns:us-east-1:000000000000:Pages"],
};

let cloudwatch: CloudWatch;
let client: CloudWatchClient;
const publish = vi.fn(async () => {});

beforeEach(async () => {
  // Within the real minute: the SDK corrects its clock by the header `Date`, which is real.
  const now = Math.floor(Date.now() / minuteMs) * minuteMs + minuteMs / 2;
  vi.useFakeTimers({ toFake: ["Date"], now });
  publish.mockClear();
  cloudwatch = await startCloudWatch({
    folder: undefined,
    ...place,
    credentials,
    sources: () => [],
    outlets: { publish, putEvent: vi.fn() },
    quotaOf: () => undefined,
    log: () => {},
  });
  client = new CloudWatchClient({ region: place.region, endpoint: cloudwatch.url, credentials });
});
afterEach(async () => {
  client.destroy();
  await cloudwatch.stop();
  vi.useRealTimers();
});

/** Creates an alarm that starts at its first evaluation. */
const createAlarm = async (stack: string) => {
  const provider = cloudwatch.providers.find(({ type }) => type === "AWS::CloudWatch::Alarm");
  const properties = provider?.properties.parse(silent);
  await provider?.create(properties, { stack, logicalId: "Silent", ...place });
};

it("an alarm that starts during a deployment pages when the deployment ends", async () => {
  await createAlarm("Godwit-Region-us-east-1");
  const mute = await muteAlarms(client);
  expect(mute.alarms).toBe(1);
  await cloudwatch.advance(5 * minuteMs);
  expect(publish).not.toHaveBeenCalled();
  await mute.end();
  await cloudwatch.advance(minuteMs);
  expect(publish).toHaveBeenCalledTimes(1);
});

it("an alarm pages after the maximum time although the deployment has not ended", async () => {
  await createAlarm("Godwit-Region-us-east-1");
  await muteAlarms(client);
  await cloudwatch.advance((muteMinutesMax - 1) * minuteMs);
  expect(publish).not.toHaveBeenCalled();
  await cloudwatch.advance(3 * minuteMs);
  expect(publish).toHaveBeenCalledTimes(1);
});

it("alarms of other applications are not muted", async () => {
  await createAlarm("Shop");
  expect((await muteAlarms(client)).alarms).toBe(0);
  await cloudwatch.advance(2 * minuteMs);
  expect(publish).toHaveBeenCalledTimes(1);
});
