import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  type CloudWatch,
  type CloudWatchOptions,
  startCloudWatch,
} from "../../../local/cloudwatch/cloudwatch.ts";
import { RestFailure } from "../../../local/http/restFailure.ts";
import { newFolder } from "../support/newFolder.ts";

const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
const topic = "arn:aws:sns:us-east-1:000000000000:Pages";
const minuteMs = 60_000;

const stops: (() => Promise<void>)[] = [];
beforeEach(() => {
  // The middle of a minute: the next minute ends at the same time in each run.
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: now - (now % minuteMs) + minuteMs / 2 });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  vi.useRealTimers();
});

const start = async (options: Partial<CloudWatchOptions> = {}) => {
  const publish = vi.fn(async () => {});
  const putEvent = vi.fn();
  const cloudwatch = await startCloudWatch({
    folder: undefined,
    region: "us-east-1",
    account: "000000000000",
    credentials,
    sources: () => [],
    outlets: { publish, putEvent },
    quotaOf: () => undefined,
    log: () => {},
    ...options,
  });
  stops.push(cloudwatch.stop);
  const client = new CloudWatchClient({
    region: "us-east-1",
    endpoint: cloudwatch.url,
    credentials,
  });
  return { cloudwatch, client, publish, putEvent };
};

/** Creates a resource as a template does. */
const create = async (cloudwatch: CloudWatch, type: string, properties: object, id = "Alarm") => {
  const provider = cloudwatch.providers.find((each) => each.type === `AWS::CloudWatch::${type}`);
  return await provider!.create(provider!.properties.parse(properties), {
    stack: "Godwit",
    logicalId: id,
    region: "us-east-1",
    account: "000000000000",
  });
};

const errors = {
  Namespace: "App",
  MetricName: "Errors",
  Dimensions: [{ Name: "Service", Value: "route" }],
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanOrEqualToThreshold",
  TreatMissingData: "notBreaching",
  AlarmDescription: "Events fail.",
  AlarmActions: [topic],
};

const putErrors = (cloudwatch: CloudWatch, value = 1) =>
  cloudwatch.sink.put({
    namespace: "App",
    name: "Errors",
    dimensions: { Service: "route" },
    value,
  });

const stateOf = async (client: CloudWatchClient, name = "Godwit-Alarm") => {
  const found = await client.send(
    new DescribeAlarmsCommand({
      AlarmNames: [name],
      AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
    }),
  );
  return (found.MetricAlarms?.[0] ?? found.CompositeAlarms?.[0])?.StateValue;
};

it("an alarm of a template starts, performs its action, and ends", async () => {
  const { cloudwatch, client, publish, putEvent } = await start();
  await create(cloudwatch, "Alarm", errors);
  await cloudwatch.open();
  await cloudwatch.advance(minuteMs);
  expect(await stateOf(client)).toBe("OK");
  expect(publish).not.toHaveBeenCalled();

  putErrors(cloudwatch);
  await cloudwatch.advance(minuteMs);
  expect(await stateOf(client)).toBe("ALARM");
  expect(publish).toHaveBeenCalledExactlyOnceWith(
    topic,
    { subject: 'ALARM: "Godwit-Alarm" in US East (N. Virginia)', message: expect.any(String) },
    {
      service: "cloudwatch.amazonaws.com",
      sourceArn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:Godwit-Alarm",
    },
  );
  expect(putEvent).toHaveBeenLastCalledWith(
    expect.objectContaining({
      source: "aws.cloudwatch",
      detailType: "CloudWatch Alarm State Change",
      detail: expect.objectContaining({
        state: expect.objectContaining({ value: "ALARM" }),
        previousState: expect.objectContaining({ value: "OK" }),
      }),
    }),
  );
  await cloudwatch.advance(4 * minuteMs);
  expect(await stateOf(client)).toBe("OK");
});

it("data that PutMetricData sends is read by GetMetricData and by alarms", async () => {
  const { cloudwatch, client } = await start();
  await create(cloudwatch, "Alarm", { ...errors, Threshold: 30 });
  await cloudwatch.open();
  await client.send(
    new PutMetricDataCommand({
      Namespace: "App",
      MetricData: [
        {
          MetricName: "Errors",
          Dimensions: [{ Name: "Service", Value: "route" }],
          Values: [10, 5],
          Counts: [2, 2],
        },
        {
          MetricName: "Errors",
          Dimensions: [{ Name: "Service", Value: "route" }],
          StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 },
        },
      ],
    }),
  );
  await cloudwatch.advance(minuteMs);
  expect(await stateOf(client)).toBe("ALARM");
  const Metric = {
    Namespace: "App",
    MetricName: "Errors",
    Dimensions: [{ Name: "Service", Value: "route" }],
  };
  const read = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 2 * minuteMs),
      EndTime: new Date(Date.now() + minuteMs),
      MetricDataQueries: [
        { Id: "sum", MetricStat: { Metric, Period: 60, Stat: "Sum" } },
        { Id: "max", MetricStat: { Metric, Period: 60, Stat: "Maximum" } },
        { Id: "rate", Expression: "sum / 11" },
      ],
    }),
  );
  expect(read.MetricDataResults?.map(({ Id, Values }) => [Id, Values])).toEqual([
    ["sum", [33]],
    ["max", [10]],
    ["rate", [3]],
  ]);
});

it("after a sleep of the machine, missing data starts no alarm", async () => {
  const { cloudwatch, client } = await start();
  await create(cloudwatch, "Alarm", { ...errors, TreatMissingData: "breaching", Threshold: 9 });
  await cloudwatch.open();
  putErrors(cloudwatch);
  await cloudwatch.advance(minuteMs);
  expect(await stateOf(client)).toBe("OK");
  vi.setSystemTime(Date.now() + 8 * 60 * minuteMs);
  await cloudwatch.advance(0);
  expect(cloudwatch.alarms.find("Godwit-Alarm")?.status.state).toBe("OK");
  await cloudwatch.advance(2 * minuteMs);
  expect(cloudwatch.alarms.find("Godwit-Alarm")?.status.state).toBe("ALARM");
});

it("answers in CBOR, too", async () => {
  const { cloudwatch } = await start();
  const client = new CloudWatchClient({
    region: "us-east-1",
    endpoint: cloudwatch.url,
    credentials,
    protocol: SmithyRpcV2CborProtocol,
  });
  await create(cloudwatch, "Alarm", { ...errors, Threshold: 2.5 });
  await cloudwatch.open();
  const Dimensions = [{ Name: "Service", Value: "route" }];
  await client.send(
    new PutMetricDataCommand({
      Namespace: "App",
      MetricData: [{ MetricName: "Errors", Dimensions, Value: 2.75, Timestamp: new Date() }],
    }),
  );
  await cloudwatch.advance(minuteMs);
  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toMatchObject([
    { StateValue: "ALARM", Threshold: 2.5, StateUpdatedTimestamp: expect.any(Date) },
  ]);
  await expect(
    client.send(
      new SetAlarmStateCommand({ AlarmName: "none", StateValue: "OK", StateReason: "a test" }),
    ),
  ).rejects.toMatchObject({ name: "ResourceNotFound" });
});

it("reads compressed requests", async () => {
  const { cloudwatch, client } = await start();
  await cloudwatch.open();
  const MetricData = Array.from({ length: 900 }, (_, i) => ({ MetricName: `M${i}`, Value: i }));
  await client.send(new PutMetricDataCommand({ Namespace: "App", MetricData }));
  const { Metrics } = await client.send(new ListMetricsCommand({ MetricName: "M899" }));
  expect(Metrics).toEqual([{ Namespace: "App", MetricName: "M899", Dimensions: [] }]);
});

it("refuses what it does not support, by name", async () => {
  const { client } = await start();
  await expect(client.send(new DeleteAlarmsCommand({ AlarmNames: ["A"] }))).rejects.toThrow(
    "The operation DeleteAlarms is not supported here.",
  );
  const command = new DescribeAlarmsCommand({ AlarmNames: ["A"], AlarmNamePrefix: "B" });
  await expect(client.send(command)).rejects.toThrow("must not be given together");
});

it("SetAlarmState performs actions until the next evaluation, and is in the history", async () => {
  const { cloudwatch, client, publish } = await start();
  await create(cloudwatch, "Alarm", errors);
  await cloudwatch.open();
  await client.send(
    new SetAlarmStateCommand({
      AlarmName: "Godwit-Alarm",
      StateValue: "ALARM",
      StateReason: "a test",
    }),
  );
  expect(await stateOf(client)).toBe("ALARM");
  expect(publish).toHaveBeenCalledOnce();
  const history = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: "Godwit-Alarm" }));
  expect(history.AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
    `Successfully executed action ${topic}`,
    "Alarm updated from INSUFFICIENT_DATA to ALARM",
  ]);
  await cloudwatch.advance(minuteMs);
  expect(await stateOf(client)).toBe("OK");
  await expect(
    client.send(
      new SetAlarmStateCommand({ AlarmName: "none", StateValue: "OK", StateReason: "a test" }),
    ),
  ).rejects.toMatchObject({ name: "ResourceNotFound" });
});

const alarming = async (options: Partial<CloudWatchOptions>) => {
  const started = await start(options);
  await create(started.cloudwatch, "Alarm", errors);
  await started.cloudwatch.open();
  putErrors(started.cloudwatch);
  await started.cloudwatch.advance(minuteMs);
  expect(await stateOf(started.client)).toBe("ALARM");
  return started;
};

const restart = async (folder: string) => {
  const started = await start({ folder });
  await create(started.cloudwatch, "Alarm", errors);
  await started.cloudwatch.open();
  return started;
};

it("states survive a restart, and are kept until there is data again", async () => {
  const folder = newFolder();
  const first = await alarming({ folder });
  await first.cloudwatch.stop();
  const second = await restart(folder);
  expect(await stateOf(second.client)).toBe("ALARM");
  expect(second.publish).not.toHaveBeenCalled();
  putErrors(second.cloudwatch, 0);
  await second.cloudwatch.advance(minuteMs);
  expect(await stateOf(second.client)).toBe("OK");
});

it("an action that was not performed before a crash is performed after it", async () => {
  const folder = newFolder();
  // The process ends while it publishes.
  const publish = vi.fn(() => new Promise<void>(() => {}));
  const first = await start({ folder, outlets: { publish, putEvent: () => {} } });
  await create(first.cloudwatch, "Alarm", errors);
  await first.cloudwatch.open();
  putErrors(first.cloudwatch);
  void first.cloudwatch.advance(minuteMs);
  await vi.waitFor(() => expect(publish).toHaveBeenCalled());
  stops.splice(0);

  const second = await restart(folder);
  expect(second.publish).toHaveBeenCalledOnce();
  expect(await stateOf(second.client)).toBe("ALARM");
});

it("an action is repeated while SNS does not answer, and not after a refusal", async () => {
  const publish = vi.fn(async () => {
    throw new Error("SNS has stopped");
  });
  const { cloudwatch, client } = await alarming({ outlets: { publish, putEvent: () => {} } });
  expect(publish).toHaveBeenCalledTimes(1);
  putErrors(cloudwatch);
  await cloudwatch.advance(minuteMs);
  expect(publish).toHaveBeenCalledTimes(2);
  publish.mockImplementation(async () => {
    throw new RestFailure("not authorized", { status: 403, code: "AuthorizationError" });
  });
  putErrors(cloudwatch);
  await cloudwatch.advance(2 * minuteMs);
  expect(publish).toHaveBeenCalledTimes(3);
  const { AlarmHistoryItems } = await client.send(
    new DescribeAlarmHistoryCommand({ HistoryItemType: "Action" }),
  );
  expect(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
    `Failed to execute action ${topic}`,
  ]);
});

it("a stopped CloudWatch evaluates nothing, and continues afterwards", async () => {
  const { cloudwatch, client } = await start();
  await create(cloudwatch, "Alarm", errors);
  await cloudwatch.open();
  await cloudwatch.advance(minuteMs);
  const alarms = { isStopped: true };
  cloudwatch.setFaults({ conditions: { alarms }, peers: {} });
  putErrors(cloudwatch);
  await cloudwatch.advance(minuteMs);
  expect(cloudwatch.alarms.find("Godwit-Alarm")?.status.state).toBe("OK");
  cloudwatch.setFaults({ conditions: {}, peers: {} });
  await cloudwatch.advance(minuteMs);
  expect(await stateOf(client)).toBe("ALARM");
});
