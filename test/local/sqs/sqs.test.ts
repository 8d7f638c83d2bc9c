import { networkInterfaces } from "node:os";
import {
  CreateQueueCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Canceller } from "../../../local/platform/cancellation.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";
import { type Sqs, startSqs } from "../../../local/sqs/sqs.ts";
import { sqsContract } from "../../contracts/sqs.ts";
import { newFolder } from "../support/newFolder.ts";
import { credentials } from "../support/signing.ts";

const region = "us-east-1";
const account = "000000000000";
const onFatalError = (error: Error) => expect.unreachable(error.message);

const start = async (folder?: string, usageMeter = openUsageMeter()): Promise<Sqs> => {
  const sqs = await startSqs({ region, credentials, folder, usageMeter, onFatalError });
  onTestFinished(sqs.stop);
  return sqs;
};

const sdkOf = ({ url }: Pick<Sqs, "url">) => new SQSClient({ region, credentials, endpoint: url });

/** A queue as a template creates it. */
const makeQueue = async ({ providers }: Sqs, properties: object = {}, logicalId = "Queue") => {
  const [provider] = providers;
  const place = { logicalId, stack: "Stack", region, account };
  const { ref, attributes } = await provider!.create(provider!.properties.parse(properties), place);
  return { url: ref, arn: attributes?.Arn ?? "" };
};

const bodies = async ({ client }: Sqs, queueUrl: string) =>
  (await client.receive(queueUrl, { max: 10, waitSeconds: 1 })).map(({ body }) => body);

describe("by the contract", () => {
  sqsContract(async () => {
    const sqs = await startSqs({ region, credentials, onFatalError });
    return sdkOf(sqs);
  });
});

describe("a queue", () => {
  let sqs: Sqs;
  beforeEach(async () => {
    sqs = await start();
  });

  it("returns other groups first while a group has many messages in flight", async () => {
    const { url } = await makeQueue(sqs);
    const sdk = sdkOf(sqs);
    const send = (MessageGroupId: string, MessageBody: string) =>
      sdk.send(new SendMessageCommand({ QueueUrl: url, MessageBody, MessageGroupId }));
    for (let i = 0; i < 45; i += 1) await send("busy", `busy ${i}`);
    for (let i = 0; i < 3; i += 1) await bodies(sqs, url);
    await send("quiet", "quiet");
    expect((await bodies(sqs, url)).slice(0, 2)).toEqual(["quiet", "busy 30"]);
  });

  it("returns direct sends with the fields of Lambda events", async () => {
    const queue = await makeQueue(sqs);
    await sqs.client.send(queue.url, "21.5 °C");
    const [message] = await sqs.client.receive(queue.url, { max: 10, waitSeconds: 1 });
    expect(message).toMatchObject({
      body: "21.5 °C",
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: expect.any(String) },
      messageAttributes: {},
    });
  });

  it("returns the attributes of a message to direct receives", async () => {
    const { url: QueueUrl } = await makeQueue(sqs);
    const trace = { DataType: "String", StringValue: "abc" };
    const MessageAttributes = { trace };
    await sdkOf(sqs).send(
      new SendMessageCommand({ QueueUrl, MessageBody: "from the SDK", MessageAttributes }),
    );
    const [message] = await sqs.client.receive(QueueUrl, { max: 1, waitSeconds: 1 });
    expect(message?.messageAttributes.trace).toMatchObject({
      dataType: "String",
      stringValue: "abc",
    });
  });

  it("deletes any number of messages", async () => {
    const queue = await makeQueue(sqs, { VisibilityTimeout: 1 });
    await Promise.all(Array.from({ length: 25 }, (_, i) => sqs.client.send(queue.url, `${i}`)));
    const handles: string[] = [];
    while (handles.length < 25) {
      const messages = await sqs.client.receive(queue.url, { max: 10, waitSeconds: 1 });
      handles.push(...messages.map(({ receiptHandle }) => receiptHandle));
    }
    await sqs.client.deleteBatch(queue.url, handles);
    // Longer than the visibility timeout: remaining messages would return.
    expect(await sqs.client.receive(queue.url, { max: 10, waitSeconds: 2 })).toEqual([]);
  });

  it("ends a receive that is cancelled, and gives its message to the next one", async () => {
    const queue = await makeQueue(sqs);
    const cancellation = new Canceller();
    const waiting = sqs.client.receive(queue.url, { max: 1, waitSeconds: 20, cancellation });
    cancellation.cancel(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await sqs.client.send(queue.url, "kept");
    expect(await bodies(sqs, queue.url)).toEqual(["kept"]);
  });

  it("gives no message to a client that has disconnected", async () => {
    const { url: QueueUrl } = await makeQueue(sqs);
    const abort = new AbortController();
    const poll = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
    const waiting = sdkOf(sqs).send(poll, { abortSignal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await expect(waiting).rejects.toThrow();
    await vi.waitFor(async () => {
      await sqs.client.send(QueueUrl, "one");
      const messages = await sqs.client.receive(QueueUrl, { max: 10, waitSeconds: 0 });
      expect(messages.map(({ body }) => body)).toContain("one");
    }, 10_000);
  });

  it("of type FIFO, or with an unknown property, is rejected by name", async () => {
    const [provider] = sqs.providers;
    const parsed = provider!.properties.safeParse({ FifoQueue: true });
    expect(parsed.error?.message).toContain("FifoQueue");
    const fifo = new CreateQueueCommand({ QueueName: "a.fifo", Attributes: { FifoQueue: "true" } });
    await expect(sdkOf(sqs).send(fifo)).rejects.toMatchObject({
      name: "UnsupportedOperation",
      message: expect.stringContaining("FIFO"),
    });
  });

  it("that is missing is reported to a sender", async () => {
    const missing = `${sqs.url}/${account}/missing`;
    expect(sqs.client.waitingMessages(missing)).toBe(0);
    await expect(sqs.client.send(missing, "x")).rejects.toMatchObject({
      name: "AwsError",
      code: "QueueDoesNotExist",
    });
  });

  it("gets its dead-lettered messages back by a move task", async () => {
    const dead = await makeQueue(sqs, {}, "Dead");
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 };
    const queue = await makeQueue(sqs, { RedrivePolicy, VisibilityTimeout: 0 });
    await sqs.client.send(queue.url, "again");
    expect(await bodies(sqs, queue.url)).toEqual(["again"]);
    await sqs.client.receive(queue.url, { max: 1, waitSeconds: 0 });
    const sdk = sdkOf(sqs);
    await sdk.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }));
    expect(await bodies(sqs, queue.url)).toEqual(["again"]);
    const list = new ListMessageMoveTasksCommand({ SourceArn: dead.arn });
    await vi.waitFor(async () => {
      const { Results } = await sdk.send(list);
      expect(Results).toMatchObject([{ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 }]);
    });
  });
});

it("listens on 127.0.0.1 only, for signed requests in JSON", async () => {
  const sqs = await start();
  const { port } = new URL(sqs.url);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  for (const { address } of others) {
    await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
  }
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(403);
});

describe("with a folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = newFolder();
  });

  it("messages in flight at the end are visible after a restart, with their receive count", async () => {
    const first = await start(folder);
    const { url } = await makeQueue(first, { VisibilityTimeout: 43_200 });
    await first.client.send(url, "in flight");
    expect(await bodies(first, url)).toEqual(["in flight"]);
    await first.stop();

    const second = await start(folder);
    const queue = await makeQueue(second, { VisibilityTimeout: 43_200 });
    const [message] = await second.client.receive(queue.url, { max: 1, waitSeconds: 1 });
    expect(message).toMatchObject({
      body: "in flight",
      attributes: { ApproximateReceiveCount: "2" },
    });
  });

  it("delayed messages stay delayed over a restart, and deleted ones stay deleted", async () => {
    const first = await start(folder);
    const { url: QueueUrl } = await makeQueue(first);
    const sdk = sdkOf(first);
    const later = { QueueUrl, MessageBody: "later", DelaySeconds: 2 };
    await sdk.send(new SendMessageCommand(later));
    await first.client.send(QueueUrl, "now");
    const [now] = await first.client.receive(QueueUrl, { max: 10, waitSeconds: 1 });
    await first.client.deleteBatch(QueueUrl, [now?.receiptHandle ?? ""]);
    await first.stop();

    const second = await start(folder);
    const queue = await makeQueue(second);
    expect(await second.client.receive(queue.url, { max: 10, waitSeconds: 0 })).toEqual([]);
    const waited = await second.client.receive(queue.url, { max: 10, waitSeconds: 10 });
    expect(waited.map(({ body }) => body)).toEqual(["later"]);
  });

  it("a queue gets the attributes of new templates and keeps its messages", async () => {
    const first = await start(folder);
    const dead = await makeQueue(first, {}, "Dead");
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 };
    const { url } = await makeQueue(first, { VisibilityTimeout: 600, RedrivePolicy });
    await first.client.send(url, "kept");
    await first.stop();

    const second = await start(folder);
    const queue = await makeQueue(second, { VisibilityTimeout: 0 });
    expect(await bodies(second, queue.url)).toEqual(["kept"]);
    expect(await bodies(second, queue.url)).toEqual(["kept"]);
  });
});

it("messages in flight are visible at once when their receivers have ended", async () => {
  const sqs = await start();
  const queue = await makeQueue(sqs);
  await Promise.all(Array.from({ length: 5 }, (_, i) => sqs.client.send(queue.url, `${i}`)));
  expect(await bodies(sqs, queue.url)).toHaveLength(5);
  sqs.release();
  const again = await sqs.client.receive(queue.url, { max: 10, waitSeconds: 1 });
  expect(again.map(({ attributes }) => attributes.ApproximateReceiveCount)).toEqual(
    Array.from({ length: 5 }, () => "2"),
  );
});

describe("a fault of the queues", () => {
  const error = { status: 503, code: "ServiceUnavailable", share: 1 };
  const fault = (operations?: string[]) => ({
    conditions: {
      queues: { isStopped: false, fault: { delayMs: 0, error: { ...error, operations } } },
    },
    peers: {},
  });

  it("fails direct calls and requests of the given operations", async () => {
    const sqs = await start();
    const { url } = await makeQueue(sqs);
    sqs.setFaults(fault(["SendMessage"]));
    await expect(sqs.client.send(url, "a")).rejects.toMatchObject({ status: 503 });
    expect(await sqs.client.receive(url, { max: 1, waitSeconds: 0 })).toEqual([]);
    const request = {
      method: "POST",
      url: "/",
      headers: { "x-amz-target": "AmazonSQS.SendMessage" },
      body: Buffer.from(JSON.stringify({ QueueUrl: url, MessageBody: "a" })),
    };
    expect(await sqs.handle(request)).toMatchObject({ status: 503 });
    sqs.setFaults({ conditions: {}, peers: {} });
    expect(await sqs.handle(request)).toMatchObject({ status: 200 });
  });

  it("that stops them cuts waiting receives, and later calls", async () => {
    const sqs = await start();
    const { url } = await makeQueue(sqs);
    const waiting = sqs.client.receive(url, { max: 1, waitSeconds: 20 });
    const body = Buffer.from(JSON.stringify({ QueueUrl: url, WaitTimeSeconds: 20 }));
    const headers = { "x-amz-target": "AmazonSQS.ReceiveMessage" };
    const request = sqs.handle({ method: "POST", url: "/", headers, body });
    sqs.setFaults({ conditions: { queues: { isStopped: true } }, peers: {} });
    for (const cut of [waiting, request]) {
      await expect(cut).rejects.toMatchObject({ code: "ECONNRESET" });
    }
    await expect(sqs.client.send(url, "a")).rejects.toMatchObject({ code: "ECONNRESET" });
    sqs.setFaults({ conditions: {}, peers: {} });
    // The cut receives take no message.
    await sqs.client.send(url, "a");
    expect(await bodies(sqs, url)).toEqual(["a"]);
  });

  it("that stops them leaves no receiver behind that takes messages", async () => {
    const sqs = await start();
    const { url } = await makeQueue(sqs);
    const request = {
      method: "POST",
      url: "/",
      headers: { "x-amz-target": "AmazonSQS.ReceiveMessage" },
      body: Buffer.from(JSON.stringify({ QueueUrl: url, WaitTimeSeconds: 20 })),
    };
    const receives = [sqs.client.receive(url, { max: 1, waitSeconds: 20 }), sqs.handle(request)];
    sqs.setFaults({ conditions: { queues: { isStopped: true } }, peers: {} });
    await Promise.allSettled(receives);
    sqs.setFaults({ conditions: {}, peers: {} });
    await sqs.client.send(url, "a");
    expect(await bodies(sqs, url)).toEqual(["a"]);
  });
});

describe("usage", () => {
  const kilobytes = (count: number): string => "x".repeat(count * 1_024);
  const counted = async (use: (sqs: Sqs, url: string) => Promise<unknown>) => {
    const meter = openUsageMeter();
    const sqs = await start(undefined, meter);
    const { url } = await makeQueue(sqs);
    await use(sqs, url);
    return Object.fromEntries([...meter.read()].filter(([, count]) => count > 0));
  };
  const request = (sqs: Sqs, action: string, body: object) =>
    sqs.handle({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": `AmazonSQS.${action}` },
      body: Buffer.from(JSON.stringify(body)),
    });

  it("has one send per started 64 KB of a batch, and a surcharge for message groups", async () => {
    const entries = (count: number, more: object = {}) =>
      Array.from({ length: count }, (_, i) => ({
        Id: `${i}`,
        MessageBody: kilobytes(10),
        ...more,
      }));
    expect(
      await counted(async (sqs, QueueUrl) => {
        await request(sqs, "SendMessage", { QueueUrl, MessageBody: kilobytes(64) });
        await request(sqs, "SendMessage", { QueueUrl, MessageBody: kilobytes(65) });
        await request(sqs, "SendMessageBatch", { QueueUrl, Entries: entries(10) });
        const grouped = entries(2, { MessageGroupId: "integration" });
        await request(sqs, "SendMessageBatch", { QueueUrl, Entries: grouped });
      }),
    ).toEqual({ sqsSends: 6, sqsGroupSends: 1 });
  });

  it("has one send per message of a rule, since IoT Core sends them one by one", async () => {
    expect(
      await counted((sqs, url) =>
        Promise.all(Array.from({ length: 7 }, () => sqs.client.send(url, "21.5"))),
      ),
    ).toEqual({ sqsSends: 7 });
  });

  it("has one receive and one delete per batch, and other requests", async () => {
    expect(
      await counted(async (sqs, QueueUrl) => {
        await sqs.client.send(QueueUrl, kilobytes(70));
        const [message] = await sqs.client.receive(QueueUrl, { max: 10, waitSeconds: 0 });
        await sqs.client.deleteBatch(QueueUrl, [message!.receiptHandle]);
        await request(sqs, "ReceiveMessage", { QueueUrl });
        const Entries = [{ Id: "a", ReceiptHandle: message!.receiptHandle }];
        await request(sqs, "DeleteMessageBatch", { QueueUrl, Entries });
        await request(sqs, "GetQueueAttributes", { QueueUrl });
      }),
    ).toEqual({ sqsSends: 2, sqsReceives: 3, sqsDeletes: 2, sqsOthers: 1 });
  });
});
