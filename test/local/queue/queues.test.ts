import { mkdtemp, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  ChangeMessageVisibilityCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { bucketProvider } from "../../../local/queue/bucketProvider.ts";
import { queueProvider } from "../../../local/queue/queueProvider.ts";
import { type Queues, startQueues } from "../../../local/queue/queues.ts";
import { credentials, signing } from "../support/signing.ts";

const region = "us-east-1";
const place = (logicalId: string) => ({
  logicalId,
  stack: "Stack",
  region,
  account: "000000000000",
});

const start = async (folder?: string): Promise<Queues> => {
  const onFatalError = (error: Error) => expect.unreachable(error.message);
  const queues = await startQueues({ region, credentials, folder, onFatalError });
  onTestFinished(queues.stop);
  return queues;
};

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "queues-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const makeQueue = async ({ url }: Queues, properties: object = {}, logicalId = "Queue") => {
  const kind = queueProvider(url, signing("sqs"));
  const { ref, attributes } = await kind.create(
    kind.properties.parse(properties),
    place(logicalId),
  );
  return { url: ref, arn: attributes?.Arn ?? "" };
};

const sdkOf = ({ url }: Queues) => new SQSClient({ region, credentials, endpoint: url });

const bodies = async ({ sqs }: Queues, queueUrl: string) =>
  (await sqs.receive(queueUrl, { max: 10, waitSeconds: 1 })).map(({ body }) => body);

describe("a queue", () => {
  let queues: Queues;
  beforeEach(async () => {
    queues = await start();
  });

  it("returns other groups first while a group has many messages in flight", async () => {
    const { url } = await makeQueue(queues);
    const sdk = sdkOf(queues);
    const send = (MessageGroupId: string, MessageBody: string) =>
      sdk.send(new SendMessageCommand({ QueueUrl: url, MessageBody, MessageGroupId }));
    for (let i = 0; i < 45; i += 1) await send("busy", `busy ${i}`);
    for (let i = 0; i < 3; i += 1) await bodies(queues, url);
    await send("quiet", "quiet");
    expect((await bodies(queues, url)).slice(0, 2)).toEqual(["quiet", "busy 30"]);
  });

  it("returns all groups in order while none has many messages in flight", async () => {
    const { url } = await makeQueue(queues);
    const Entries = ["a", "b", "a"].map((MessageGroupId, i) => {
      const text = `${MessageGroupId}${i}`;
      return { Id: text, MessageBody: text, MessageGroupId };
    });
    await sdkOf(queues).send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    expect(await bodies(queues, url)).toEqual(["a0", "b1", "a2"]);
  });

  it("returns sent messages with the fields of Lambda events", async () => {
    const queue = await makeQueue(queues);
    await queues.sqs.send(queue.url, "21.5 °C");
    const [message] = await queues.sqs.receive(queue.url, { max: 10, waitSeconds: 1 });
    expect(message).toMatchObject({
      body: "21.5 °C",
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: expect.any(String) },
      messageAttributes: {},
    });
  });

  it("works with the AWS SDK", async () => {
    const queue = await makeQueue(queues);
    const sqs = sdkOf(queues);
    const trace = { DataType: "String", StringValue: "abc" };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: "from the SDK",
        MessageAttributes: { trace },
      }),
    );
    const [message] = await queues.sqs.receive(queue.url, { max: 1, waitSeconds: 1 });
    expect(message?.body).toBe("from the SDK");
    expect(message?.messageAttributes.trace).toMatchObject({
      dataType: "String",
      stringValue: "abc",
    });
  });

  it("deletes any number of messages", async () => {
    const queue = await makeQueue(queues, { VisibilityTimeout: 1 });
    await Promise.all(Array.from({ length: 25 }, (_, i) => queues.sqs.send(queue.url, `${i}`)));
    const handles: string[] = [];
    while (handles.length < 25) {
      const messages = await queues.sqs.receive(queue.url, { max: 10, waitSeconds: 1 });
      handles.push(...messages.map(({ receiptHandle }) => receiptHandle));
    }
    await queues.sqs.deleteBatch(queue.url, handles);
    // Longer than the visibility timeout: remaining messages would return.
    expect(await queues.sqs.receive(queue.url, { max: 10, waitSeconds: 2 })).toEqual([]);
  });

  it("moves messages to the dead-letter queue after the maximum number of receives", async () => {
    const dead = await makeQueue(queues, {}, "Dead");
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
    const queue = await makeQueue(queues, { RedrivePolicy, VisibilityTimeout: 0 });
    await queues.sqs.send(queue.url, "poison");
    expect(await bodies(queues, queue.url)).toEqual(["poison"]);
    expect(await bodies(queues, queue.url)).toEqual(["poison"]);
    await queues.sqs.receive(queue.url, { max: 10, waitSeconds: 0 });
    expect(await bodies(queues, dead.url)).toEqual(["poison"]);
  });

  it("cancels an aborted receive", async () => {
    const queue = await makeQueue(queues);
    const controller = new AbortController();
    const waiting = queues.sqs.receive(queue.url, {
      max: 1,
      waitSeconds: 20,
      signal: controller.signal,
    });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  });

  it("rejects an unknown property", () => {
    const { properties } = queueProvider(queues.url, signing("sqs"));
    expect(properties.safeParse({ FifoQueue: true }).error?.message).toContain("FifoQueue");
  });

  it("reports a missing queue to a sender", async () => {
    const missing = `${queues.url}/000000000000/missing`;
    await expect(queues.sqs.send(missing, "x")).rejects.toMatchObject({ name: "AwsError" });
  });

  it("listens on 127.0.0.1 only", async () => {
    const { port } = new URL(queues.url);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of others) {
      await expect(fetch(`http://${address}:${port}/health`)).rejects.toThrow();
    }
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(403);
  });
});

describe("a bucket", () => {
  it("returns stored objects with any key", async () => {
    const queues = await start();
    const kind = bucketProvider(queues.s3);
    const { ref } = await kind.create(kind.properties.parse({}), place("FailedEvents"));
    await queues.s3.put(ref, "events/1 a&b=ü.json", "{}");
    const s3 = new S3Client({ region, credentials, endpoint: queues.url, forcePathStyle: true });
    const got = await s3.send(new GetObjectCommand({ Bucket: ref, Key: "events/1 a&b=ü.json" }));
    expect(await got.Body?.transformToString()).toBe("{}");
  });

  it("rejects objects for a missing bucket", async () => {
    const { s3 } = await start();
    await expect(s3.put("missing", "a", "")).rejects.toMatchObject({ status: 404 });
  });
});

describe("with a folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await newFolder();
  });

  it("messages and objects survive a restart", async () => {
    const first = await start(folder);
    const { url } = await makeQueue(first);
    await first.sqs.send(url, "kept");
    await first.s3.createBucket("bucket");
    await first.s3.put("bucket", "key", "kept");
    await first.stop();

    const second = await start(folder);
    expect(await bodies(second, (await makeQueue(second)).url)).toEqual(["kept"]);
    const s3 = new S3Client({ region, credentials, endpoint: second.url, forcePathStyle: true });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }));
    expect(await Body?.transformToString()).toBe("kept");
  });

  it("messages in flight at the end are visible after a restart", async () => {
    const first = await start(folder);
    const { url } = await makeQueue(first, { VisibilityTimeout: 43_200 });
    await first.sqs.send(url, "in flight");
    expect(await bodies(first, url)).toEqual(["in flight"]);
    await first.stop();

    const second = await start(folder);
    const queue = await makeQueue(second, { VisibilityTimeout: 43_200 });
    const [message] = await second.sqs.receive(queue.url, { max: 1, waitSeconds: 1 });
    expect(message).toMatchObject({
      body: "in flight",
      attributes: { ApproximateReceiveCount: "2" },
    });
  });

  it("delayed messages stay delayed over a restart, and deleted ones stay deleted", async () => {
    const first = await start(folder);
    const { url } = await makeQueue(first);
    const sdk = sdkOf(first);
    const Entries = [
      { Id: "0", MessageBody: "later", DelaySeconds: 2 },
      { Id: "1", MessageBody: "now" },
    ];
    await sdk.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    const [now] = await first.sqs.receive(url, { max: 10, waitSeconds: 1 });
    await first.sqs.deleteBatch(url, [now?.receiptHandle ?? ""]);
    await first.stop();

    const second = await start(folder);
    const queue = await makeQueue(second);
    const again = sdkOf(second);
    const input: ReceiveMessageCommandInput = { QueueUrl: queue.url, MaxNumberOfMessages: 10 };
    expect((await again.send(new ReceiveMessageCommand(input))).Messages).toBeUndefined();
    const waited = await again.send(new ReceiveMessageCommand({ ...input, WaitTimeSeconds: 10 }));
    expect(waited.Messages?.map(({ Body }) => Body)).toEqual(["later"]);
  });

  it("a queue gets the attributes of new templates and keeps its messages", async () => {
    const first = await start(folder);
    const dead = await makeQueue(first, {}, "Dead");
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 };
    const { url } = await makeQueue(first, { VisibilityTimeout: 600, RedrivePolicy });
    await first.sqs.send(url, "kept");
    await first.stop();

    const second = await start(folder);
    const queue = await makeQueue(second, { VisibilityTimeout: 0 });
    expect(await bodies(second, queue.url)).toEqual(["kept"]);
    expect(await bodies(second, queue.url)).toEqual(["kept"]);
  });
});

describe.each(["in memory", "in a folder"])("messages in flight, stored %s", (kept) => {
  const open = async () => start(kept === "in memory" ? undefined : await newFolder());

  it("are visible at once when their receivers have ended", async () => {
    const queues = await open();
    const queue = await makeQueue(queues);
    await Promise.all(Array.from({ length: 5 }, (_, i) => queues.sqs.send(queue.url, `${i}`)));
    expect(await bodies(queues, queue.url)).toHaveLength(5);
    await queues.release();
    const again = await queues.sqs.receive(queue.url, { max: 10, waitSeconds: 1 });
    expect(again.map(({ attributes }) => attributes.ApproximateReceiveCount)).toEqual(
      Array.from({ length: 5 }, () => "2"),
    );
  });

  it("are visible at once when their receiver requests it", async () => {
    const queues = await open();
    const { url: QueueUrl } = await makeQueue(queues);
    await queues.sqs.send(QueueUrl, "one");
    const [message] = await queues.sqs.receive(QueueUrl, { max: 1, waitSeconds: 1 });
    const ReceiptHandle = message?.receiptHandle;
    const visible = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
    await sdkOf(queues).send(new ChangeMessageVisibilityCommand(visible));
    expect(await bodies(queues, QueueUrl)).toEqual(["one"]);
  });
});
