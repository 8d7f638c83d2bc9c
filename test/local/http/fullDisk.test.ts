import { expect, it, onTestFinished, vi } from "vitest";
import { startTables } from "../../../local/dynamodb/tables.ts";
import { awsJsonClient } from "../../../local/http/awsJsonClient.ts";
import { Canceller } from "../../../local/platform/cancellation.ts";
import { startS3 } from "../../../local/s3/s3.ts";
import { startSqs } from "../../../local/sqs/sqs.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";
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

it("queues reject writes while the disk is full, and messages are received later", async () => {
  const { space, free } = fullDisk();
  const service = await startSqs({ region, credentials, space, onFatalError });
  onTestFinished(service.stop);
  const sqs = client(service.url, "sqs", "AmazonSQS");
  expect(await sqs.call("ListQueues", {})).toEqual({ QueueUrls: [] });
  await expect(sqs.call("CreateQueue", { QueueName: "q" })).rejects.toMatchObject(full);
  const QueueUrl = `${service.url}/000000000000/q`;
  await expect(service.client.send(QueueUrl, "a")).rejects.toMatchObject(full);
  const received = service.client.receive(QueueUrl, { max: 1, waitSeconds: 5 });
  const cancellation = new Canceller();
  cancellation.cancel(new Error("stopped"));
  await expect(
    service.client.receive(QueueUrl, { max: 1, waitSeconds: 5, cancellation }),
  ).rejects.toThrow();
  await free();
  await received.catch(() => {});
  await sqs.call("CreateQueue", { QueueName: "q" });
  await service.client.send(QueueUrl, "b");
  const messages = await service.client.receive(QueueUrl, { max: 1, waitSeconds: 5 });
  expect(messages).toMatchObject([{ body: "b" }]);
});

it("buckets reject writes while the disk is full", async () => {
  const { space, free } = fullDisk();
  const s3 = await startS3({ region, credentials, space, onFatalError });
  onTestFinished(s3.stop);
  await expect(s3.client.createBucket("bucket")).rejects.toMatchObject({ status: 503 });
  await free();
  await s3.client.createBucket("bucket");
  await s3.client.put("bucket", "key", "a");
});

it("a message that was left in the queue while the disk was full is received when there is space", async () => {
  const space = openDiskSpace();
  const service = await startSqs({ region, credentials, space, onFatalError });
  onTestFinished(service.stop);
  const sqs = client(service.url, "sqs", "AmazonSQS");
  const Attributes = { VisibilityTimeout: "600" };
  await sqs.call("CreateQueue", { QueueName: "q", Attributes });
  const QueueUrl = `${service.url}/000000000000/q`;
  await service.client.send(QueueUrl, "a");
  const [message] = await service.client.receive(QueueUrl, { max: 1, waitSeconds: 5 });
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
  expect(await service.client.receive(QueueUrl, { max: 1, waitSeconds: 5 })).toMatchObject([
    { body: "a" },
  ]);
});
