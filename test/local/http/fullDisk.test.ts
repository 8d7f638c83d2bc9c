import { expect, it, onTestFinished, vi } from "vitest";
import { awsJsonClient } from "../../../local/http/awsJsonClient.ts";
import { startQueues } from "../../../local/queue/queues.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";
import { startTables } from "../../../local/table/tables.ts";
import { fullDisk, noSpace } from "../support/fullDisk.ts";
import { credentials, signing } from "../support/signing.ts";

const region = "us-east-1";
const onFatalError = (error: Error) => expect.unreachable(error.message);

const client = (url: string, service: string, target: string) => {
  const opened = awsJsonClient({
    url,
    signing: signing(service),
    target,
    version: "1.0",
    socketsMax: 4,
  });
  onTestFinished(opened.close);
  return opened;
};

const full = { status: 503, message: expect.stringContaining("the disk is full") };

it("tables are read-only while the disk is full", async () => {
  const { space, free } = fullDisk();
  const tables = await startTables({ region, credentials, space, onFatalError });
  onTestFinished(tables.stop);
  const dynamo = client(tables.url, "dynamodb", "DynamoDB_20120810");
  expect(await dynamo.call("ListTables", {})).toEqual({ TableNames: [] });
  const shape = {
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" as const }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" as const }],
    GlobalSecondaryIndexes: [],
    BillingMode: "PAY_PER_REQUEST" as const,
  };
  const table = { name: "Rows", shape, regions: [region] };
  await expect(tables.create(table)).rejects.toMatchObject(full);
  const put = { TableName: "Rows", Item: { pk: { S: "a" } } };
  await expect(dynamo.call("PutItem", put)).rejects.toMatchObject(full);
  await free();
  await tables.create(table);
  await dynamo.call("PutItem", put);
  expect(await dynamo.call("Scan", { TableName: "Rows" })).toMatchObject({ Count: 1 });
});

it("queues and buckets reject writes while the disk is full, and messages are received later", async () => {
  const { space, free } = fullDisk();
  const queues = await startQueues({ region, credentials, space, onFatalError });
  onTestFinished(queues.stop);
  const sqs = client(queues.url, "sqs", "AmazonSQS");
  expect(await sqs.call("ListQueues", {})).toEqual({ QueueUrls: [] });
  await expect(sqs.call("CreateQueue", { QueueName: "q" })).rejects.toMatchObject(full);
  await expect(queues.s3.createBucket("bucket")).rejects.toMatchObject({ status: 503 });
  const QueueUrl = `${queues.url}/000000000000/q`;
  await expect(queues.sqs.send(QueueUrl, "a")).rejects.toMatchObject({ status: 503 });
  const received = queues.sqs.receive(QueueUrl, { max: 1, waitSeconds: 5 });
  const stopped = AbortSignal.abort();
  await expect(
    queues.sqs.receive(QueueUrl, { max: 1, waitSeconds: 5, signal: stopped }),
  ).rejects.toThrow();
  await free();
  await received.catch(() => {});
  await sqs.call("CreateQueue", { QueueName: "q" });
  await queues.sqs.send(QueueUrl, "b");
  expect(await queues.sqs.receive(QueueUrl, { max: 1, waitSeconds: 5 })).toMatchObject([
    { body: "b" },
  ]);
});

it("a message that was left in the queue while the disk was full is received when there is space", async () => {
  const space = openDiskSpace();
  const queues = await startQueues({ region, credentials, space, onFatalError });
  onTestFinished(queues.stop);
  const sqs = client(queues.url, "sqs", "AmazonSQS");
  const Attributes = { VisibilityTimeout: "600" };
  await sqs.call("CreateQueue", { QueueName: "q", Attributes });
  const QueueUrl = `${queues.url}/000000000000/q`;
  await queues.sqs.send(QueueUrl, "a");
  const [message] = await queues.sqs.receive(QueueUrl, { max: 1, waitSeconds: 5 });
  const ReceiptHandle = message?.receiptHandle;

  let isFull = true;
  const waiting = space.retryWhileFull(() => {
    if (isFull) throw noSpace();
  });
  onTestFinished(() => {
    isFull = false;
  });
  await vi.waitFor(() => expect(space.isFull).toBe(true));
  await sqs.call("ChangeMessageVisibility", { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
  await expect(sqs.call("DeleteMessage", { QueueUrl, ReceiptHandle })).rejects.toMatchObject(full);
  isFull = false;
  await waiting;
  expect(await queues.sqs.receive(QueueUrl, { max: 1, waitSeconds: 5 })).toMatchObject([
    { body: "a" },
  ]);
});
