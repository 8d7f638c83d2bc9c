import { expect, it } from "vitest";
import type { MetricSource } from "../../../local/cloudwatch/metricSink.ts";
import { createTableMeter } from "../../../local/dynamodb/tableMeter.ts";
import { collected, sumsOf } from "../support/collected.ts";

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

const open = () => {
  const meter = createTableMeter();
  const run = async (
    operation: string,
    input: object,
    reply: { status: number; code?: string },
  ) => {
    const { status, code } = reply;
    const handle = meter.meter(async () => ({
      status,
      headers: { ...(code !== undefined && { "x-amzn-errortype": code }) },
      body: "{}",
    }));
    await handle({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": `DynamoDB_20120810.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
    });
  };
  const source: MetricSource = {
    collect(sink) {
      for (const datum of meter.take()) sink.put(datum);
    },
  };
  return { meter, run, metrics: () => collected(source) };
};

it("counts latency and capacity of successful requests by table", async () => {
  const { run, metrics } = open();
  await run("PutItem", { TableName: "t", Item: { k: { S: "x".repeat(1_500) } } }, { status: 200 });
  await run("GetItem", { TableName: "t", Key: { k: { S: "x" } } }, { status: 200 });
  const data = metrics();

  expect(sumsOf(data, { TableName: "t" })).toEqual({
    ConsumedWriteCapacityUnits: 2,
    ConsumedReadCapacityUnits: 1,
  });
  expect(sumsOf(data, { TableName: "t", Operation: "PutItem" })).toEqual({
    SuccessfulRequestLatency: expect.any(Number),
  });
  expect(metrics()).toEqual([]);
});

it("counts throttled requests, of a batch by each of its tables", async () => {
  const { run, metrics } = open();
  const throttled = { status: 400, code: "ThrottlingException" };
  await run("UpdateItem", { TableName: "t" }, throttled);
  await run("BatchGetItem", { RequestItems: { t: {}, u: {} } }, throttled);
  const data = metrics();

  expect(sumsOf(data, { TableName: "t" })).toEqual({
    WriteThrottleEvents: 1,
    ReadThrottleEvents: 1,
  });
  expect(sumsOf(data, { TableName: "u" })).toEqual({ ReadThrottleEvents: 1 });
  expect(sumsOf(data, { TableName: "t", Operation: "UpdateItem" })).toEqual({
    ThrottledRequests: 1,
  });
});

it("tells system errors, user errors and failed conditions apart", async () => {
  const { run, metrics } = open();
  await run("PutItem", { TableName: "t" }, { status: 500, code: "InternalServerError" });
  await run("PutItem", { TableName: "t" }, { status: 400, code: "ValidationException" });
  const failed = { status: 400, code: "ConditionalCheckFailedException" };
  await run("PutItem", { TableName: "t" }, failed);
  const data = metrics();

  expect(sumsOf(data, { TableName: "t", Operation: "PutItem" })).toEqual({ SystemErrors: 1 });
  expect(sumsOf(data, { TableName: "t" })).toEqual({ ConditionalCheckFailedRequests: 1 });
  expect(sumsOf(data, {})).toEqual({ UserErrors: 1 });
});

it("takes the name of the table from its member, not from a text of an item", async () => {
  const { run, metrics } = open();
  const Item = { k: { S: '"TableName":"other"' } };
  await run("PutItem", { Item, TableName: "t" }, { status: 200 });
  expect(sumsOf(metrics(), { TableName: "other" })).toEqual({});
});

it("reports the replication of each table by region", () => {
  const { meter, metrics } = open();
  meter.replicated("t", "eu-west-1", 700);
  expect(sumsOf(metrics(), { TableName: "t", ReceivingRegion: "eu-west-1" })).toEqual({
    ReplicationLatency: 700,
  });
});
