import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  ScanCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { firstDelivery } from "#shared/delivery/delivery.ts";
import { deliveryJitter, deliveryWaitsSeconds } from "#shared/delivery/limits.ts";
import { queueDelaySecondsMax } from "#shared/platform/quotas.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { anEvent } from "../../memory/samples.ts";
import { apiClient, connectDevice } from "../support/client.ts";
import { control } from "../support/control.ts";
import { runNow } from "../support/runNow.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let sqs: SQSClient;
let tables: DynamoDBDocumentClient;

beforeAll(async () => {
  cloud = await startTestCloud();
  const credentials = cloud.services.invocation;
  const { sqs: queues, tables: table } = cloud.services;
  sqs = new SQSClient({ region: "us-east-1", endpoint: queues.url, credentials });
  tables = DynamoDBDocumentClient.from(
    new DynamoDBClient({ region: "us-east-1", endpoint: table.url, credentials }),
  );
});
afterAll(async () => {
  sqs.destroy();
  tables.destroy();
  await cloud.stop();
});

/** The URL of the only queue whose name contains all of these words. */
const queue = async (...words: string[]): Promise<string> => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const found = QueueUrls.filter((url) => words.every((word) => url.includes(word)));
  expect(found).toHaveLength(1);
  return found[0]!;
};

const functionNamed = (word: string): string =>
  Object.keys(cloud.services.lambda.usage()).find((name) => name.includes(word))!;

const topic = (name: string) => `events/${cloud.device.fleet}/${cloud.device.id}/${name}`;

const hook = (event: string, url: string) =>
  apiClient(cloud, cloud.user.token)("POST", "/v1/integrations", { event, url });

it("stores an event while its queue does not exist, and delivers it after the queue recovers (I1)", async () => {
  const { url, values } = await target();
  await hook("kept", url);
  const device = await connectDevice(cloud, cloud.device);
  const QueueUrl = await queue("PipelineEventsQueue");
  const attributes = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }),
  );
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  for (const n of ["1", "2", "3"]) await device.publishAsync(topic("kept"), n, { qos: 1 });
  const QueueName = new URL(QueueUrl).pathname.split("/").at(-1);
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes.Attributes }));
  // The schedule in the template invokes it every minute.
  await runNow(cloud.services.lambda, functionNamed("recover"));
  await until("all three events arrive", () => new Set(values("data")).size === 3);
  await runNow(cloud.services.lambda, functionNamed("recover"));
  expect(values("data").sort()).toEqual(["1", "2", "3"]);
});

it("dead-letters malformed messages, and delivers the other messages of the batch", async () => {
  const { url, values } = await target();
  await hook("beside", url);
  const events = await queue("PipelineEventsQueue");
  const deliveries = await queue("PipelineDeliveriesQueue");
  for (const QueueUrl of [events, deliveries]) {
    for (const MessageBody of ["poison", '{"topic":"x"}']) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
  }
  const device = await connectDevice(cloud, cloud.device);
  await device.publishAsync(topic("beside"), "1", { qos: 1 });
  await until("the event arrives", () => values("data").includes("1"));
  const QueueUrl = await queue("PipelineEventsDeadLetters");
  const deadLettered: unknown[] = [];
  await until("both messages are in the dead-letter queue", async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    deadLettered.push(...Messages.map(({ Body }) => Body));
    return deadLettered.length >= 2;
  });
  expect(deadLettered.sort()).toEqual(["poison", '{"topic":"x"}'].sort());
});

it("stores a delivery with a delay above the maximum of SQS in a table, and requeues it when it is due (I1)", async () => {
  const { url, received } = await target((n) => (n === 0 ? 500 : 200));
  const { body: integration } = await hook("later", url);
  const event = anEvent({ fleet: cloud.device.fleet, name: "later", data: "" });
  // It has failed twice: the delay after the third failure is half an hour.
  const delivery = { ...firstDelivery(event, integration, Date.now()), attempts: 2 };
  const QueueUrl = await queue("PipelineDeliveriesQueue");
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(delivery) }));

  const { TableNames = [] } = await tables.send(new ListTablesCommand({}));
  const TableName = TableNames.find((name) => name.includes("Waiting"))!;
  const rows = async () => (await tables.send(new ScanCommand({ TableName }))).Items ?? [];
  const [row] = await until("the delivery is in the table", async () => {
    const found = await rows();
    return found.length > 0 && found;
  });
  const waiting = JSON.parse(row?.delivery);
  expect(waiting).toMatchObject({
    id: delivery.id,
    attempts: 3,
    reason: "the target answered 500",
  });
  const leftMs = waiting.notBefore - Date.now();
  expect(leftMs).toBeGreaterThan(queueDelaySecondsMax * 1_000);
  expect(leftMs).toBeLessThan(deliveryWaitsSeconds[2] * 1_000 * (1 + deliveryJitter));
  const requeue = () => runNow(cloud.services.lambda, functionNamed("requeue"));
  await requeue();
  expect(await rows()).toEqual([row]);

  // Simulates half an hour: moves the row to the key of a delivery that is due now.
  const notBefore = Date.now() + 2_000;
  const sk = `${String(notBefore).padStart(15, "0")}#${delivery.id}`;
  const moved = { ...row, sk, delivery: JSON.stringify({ ...waiting, notBefore }) };
  await tables.send(new PutCommand({ TableName, Item: moved }));
  await tables.send(new DeleteCommand({ TableName, Key: { pk: row?.pk, sk: row?.sk } }));
  // The schedule in the template invokes it every minute.
  await requeue();
  expect(await rows()).toEqual([]);
  expect(received).toHaveLength(1);
  await until("the delivery arrives", () => received.length === 2, 20_000);
  expect(Date.now()).toBeGreaterThanOrEqual(notBefore);
  const ids = received.map(({ headers }) => headers["webhook-id"]);
  expect(ids).toEqual([delivery.id, delivery.id]);
});

it("reports the health of the region and its failed component without a token", async () => {
  const health = () => apiClient(cloud)("GET", "/v1/health");
  const healthy = { status: 200, body: { ok: true, region: "us-east-1" } };
  expect(await health()).toMatchObject(healthy);
  const [region] = cloud.regions;
  await control(region!, "PUT /faults/queues", { error: { status: 500 } });
  await until("the region is unhealthy", async () => (await health()).status === 503, 30_000);
  expect((await health()).body).toEqual({
    ok: false,
    error: "unavailable",
    error_description: "us-east-1: no response from events queue",
  });
  await control(region!, "DELETE /faults/queues");
  await until("the region is healthy", async () => (await health()).status === 200, 30_000);
}, 90_000);
