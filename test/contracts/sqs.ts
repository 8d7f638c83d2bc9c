import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  type SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "vitest";

/** What an emulator of SQS must do, by the AWS SDK. The SDK verifies all checksums. */
export const sqsContract = (start: () => Promise<SQSClient>): void => {
  let sqs: SQSClient;
  beforeAll(async () => {
    sqs = await start();
  });

  let made = 0;
  const newQueue = async (Attributes: Record<string, string> = {}): Promise<string> => {
    made += 1;
    const command = new CreateQueueCommand({ QueueName: `contract-${made}`, Attributes });
    return (await sqs.send(command)).QueueUrl!;
  };
  const send = (
    QueueUrl: string,
    MessageBody: string,
    more: Partial<SendMessageCommandInput> = {},
  ) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  const receive = async (
    QueueUrl: string,
    more: Partial<ReceiveMessageCommandInput> = {},
  ): Promise<Message[]> => {
    const input = { QueueUrl, MaxNumberOfMessages: 10, ...more };
    return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
  };
  const bodies = async (url: string, more: Partial<ReceiveMessageCommandInput> = {}) =>
    (await receive(url, more)).map(({ Body }) => Body);
  const attributes = async (QueueUrl: string) => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
    return (await sqs.send(command)).Attributes ?? {};
  };

  describe("messages", () => {
    it("are received in order, with their attributes, and then deleted", async () => {
      const url = await newQueue();
      const trace = { DataType: "String", StringValue: "abc é" };
      const bytes = { DataType: "Binary.png", BinaryValue: new Uint8Array([1, 2, 255]) };
      const count = { DataType: "Number", StringValue: "12.5" };
      const sent = await send(url, "first °", { MessageAttributes: { trace, bytes, count } });
      await send(url, "second");
      const [first, second, ...others] = await receive(url, {
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      });
      expect(others).toEqual([]);
      expect(first).toMatchObject({
        MessageId: sent.MessageId,
        Body: "first °",
        Attributes: {
          ApproximateReceiveCount: "1",
          SenderId: expect.any(String),
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        MessageAttributes: { trace, count, bytes: { DataType: "Binary.png" } },
      });
      expect([...first!.MessageAttributes!.bytes!.BinaryValue!]).toEqual([1, 2, 255]);
      expect(second).toMatchObject({ Body: "second" });
      for (const { ReceiptHandle } of [first!, second!]) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      }
      expect(await attributes(url)).toMatchObject({
        ApproximateNumberOfMessages: "0",
        ApproximateNumberOfMessagesNotVisible: "0",
      });
    });

    it("have only the requested attributes", async () => {
      const url = await newQueue({ VisibilityTimeout: "0" });
      const value = { DataType: "String", StringValue: "1" };
      await send(url, "a", { MessageAttributes: { "a.b": value, c: value } });
      const [none] = await receive(url);
      expect(none).not.toHaveProperty("Attributes");
      expect(none).not.toHaveProperty("MessageAttributes");
      const [some] = await receive(url, {
        MessageAttributeNames: ["a.*"],
        MessageSystemAttributeNames: ["SentTimestamp"],
      });
      expect(Object.keys(some!.MessageAttributes!)).toEqual(["a.b"]);
      expect(Object.keys(some!.Attributes!)).toEqual(["SentTimestamp"]);
    });

    it("are invisible for the visibility timeout, or until it is changed", async () => {
      const url = await newQueue({ VisibilityTimeout: "600" });
      await send(url, "a");
      const [a] = await receive(url);
      expect(await bodies(url)).toEqual([]);
      const change = { QueueUrl: url, ReceiptHandle: a?.ReceiptHandle, VisibilityTimeout: 0 };
      await sqs.send(new ChangeMessageVisibilityCommand(change));
      const [again] = await receive(url, { VisibilityTimeout: 1, AttributeNames: ["All"] });
      expect(again).toMatchObject({ Body: "a", Attributes: { ApproximateReceiveCount: "2" } });
      expect(again!.ReceiptHandle).not.toBe(a!.ReceiptHandle);
      expect(await bodies(url, { WaitTimeSeconds: 5 })).toEqual(["a"]);
    });

    it("can be delayed, each or all of a queue", async () => {
      const url = await newQueue({ DelaySeconds: "900" });
      await send(url, "soon", { DelaySeconds: 1 });
      await send(url, "later");
      expect(await bodies(url)).toEqual([]);
      expect(await attributes(url)).toMatchObject({ ApproximateNumberOfMessagesDelayed: "2" });
      expect(await bodies(url, { WaitTimeSeconds: 5 })).toEqual(["soon"]);
    });

    it("end a long poll as soon as they arrive", async () => {
      const url = await newQueue();
      const waiting = bodies(url, { WaitTimeSeconds: 20 });
      await send(url, "a");
      expect(await waiting).toEqual(["a"]);
    });

    it("move to the dead-letter queue after the maximum number of receives", async () => {
      const dead = await newQueue();
      const { QueueArn: deadLetterTargetArn } = await attributes(dead);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
      const url = await newQueue({ VisibilityTimeout: "0", RedrivePolicy });
      await send(url, "poison");
      expect(await bodies(url)).toEqual(["poison"]);
      expect(await bodies(url)).toEqual(["poison"]);
      expect(await bodies(url)).toEqual([]);
      const [message] = await receive(dead, { MessageSystemAttributeNames: ["All"] });
      // Counts the receives from all queues.
      const Attributes = { ApproximateReceiveCount: "3" };
      expect(message).toMatchObject({ Body: "poison", Attributes });
      const sources = new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead });
      const { queueUrls = [] } = await sqs.send(sources);
      expect(queueUrls.map((one) => one.split("/").at(-1))).toEqual([url.split("/").at(-1)]);
    });

    it("can be purged", async () => {
      const url = await newQueue();
      await send(url, "a");
      await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
      expect(await bodies(url)).toEqual([]);
    });
  });

  describe("a batch", () => {
    it("sends, changes and deletes each entry, and reports those that fail", async () => {
      const url = await newQueue();
      const Entries = [
        { Id: "a", MessageBody: "a" },
        { Id: "b", MessageBody: "b \u0001" },
        { Id: "c", MessageBody: "c", MessageGroupId: "g" },
      ];
      const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
      expect(sent.Failed).toMatchObject([
        { Id: "b", Code: "InvalidMessageContents", SenderFault: true },
      ]);
      const messages = await receive(url);
      const changes = messages.map(({ ReceiptHandle, Body }) => ({
        Id: Body,
        ReceiptHandle,
        VisibilityTimeout: 600,
      }));
      const changed = await sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: url,
          Entries: [...changes, { Id: "x", ReceiptHandle: "unknown", VisibilityTimeout: 1 }],
        }),
      );
      expect(changed.Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
      expect(changed.Failed).toMatchObject([{ Id: "x", Code: "ReceiptHandleIsInvalid" }]);
      const deleted = await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: url,
          Entries: messages.map(({ ReceiptHandle, Body }) => ({ Id: Body, ReceiptHandle })),
        }),
      );
      expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
      expect(await attributes(url)).toMatchObject({ ApproximateNumberOfMessagesNotVisible: "0" });
    });

    it.each([
      ["EmptyBatchRequest", []],
      [
        "TooManyEntriesInBatchRequest",
        Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, MessageBody: "a" })),
      ],
      ["BatchEntryIdsNotDistinct", ["a", "a"].map((Id) => ({ Id, MessageBody: "a" }))],
      ["InvalidBatchEntryId", [{ Id: "a b", MessageBody: "a" }]],
      ["BatchRequestTooLong", ["a", "b"].map((Id) => ({ Id, MessageBody: "x".repeat(600_000) }))],
    ])("is refused: %s", async (name, Entries) => {
      const QueueUrl = await newQueue();
      const command = new SendMessageBatchCommand({ QueueUrl, Entries });
      await expect(sqs.send(command)).rejects.toMatchObject({ name });
    });
  });

  describe("a queue", () => {
    it("has the settings that it is created with, and those that are changed later", async () => {
      const url = await newQueue({ VisibilityTimeout: "45" });
      const change = { QueueUrl: url, Attributes: { DelaySeconds: "7" } };
      await sqs.send(new SetQueueAttributesCommand(change));
      expect(await attributes(url)).toMatchObject({
        VisibilityTimeout: "45",
        DelaySeconds: "7",
        MessageRetentionPeriod: "345600",
        MaximumMessageSize: "1048576",
        ReceiveMessageWaitTimeSeconds: "0",
        QueueArn: expect.stringMatching(/^arn:aws:sqs:us-east-1:000000000000:contract-\d+$/),
        CreatedTimestamp: expect.stringMatching(/^\d{10}$/),
      });
    });

    it("is found by its name and listed by a prefix", async () => {
      const url = await newQueue();
      const QueueName = url.split("/").at(-1)!;
      expect(await sqs.send(new GetQueueUrlCommand({ QueueName }))).toMatchObject({
        QueueUrl: url,
      });
      const list = new ListQueuesCommand({ QueueNamePrefix: QueueName });
      expect((await sqs.send(list)).QueueUrls).toContain(url);
    });

    it("is created again with the same settings, and not with other ones", async () => {
      const url = await newQueue({ DelaySeconds: "1" });
      const QueueName = url.split("/").at(-1)!;
      const again = (Attributes: Record<string, string>) =>
        sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      expect(await again({ DelaySeconds: "1" })).toMatchObject({ QueueUrl: url });
      await expect(again({ DelaySeconds: "2" })).rejects.toMatchObject({ name: "QueueNameExists" });
    });

    it("is gone after it is deleted", async () => {
      const url = await newQueue();
      await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
      await expect(send(url, "a")).rejects.toMatchObject({ name: "QueueDoesNotExist" });
      await expect(bodies(url)).rejects.toMatchObject({ name: "QueueDoesNotExist" });
    });

    it("has tags", async () => {
      const QueueUrl = await newQueue();
      await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { a: "1", b: "2" } }));
      await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["a"] }));
      expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ b: "2" });
    });
  });

  it.each([
    ["MaxNumberOfMessages", { MaxNumberOfMessages: 11 }],
    ["WaitTimeSeconds", { WaitTimeSeconds: 21 }],
    ["VisibilityTimeout", { VisibilityTimeout: 43_201 }],
  ])("a receive with an invalid %s is refused by its name", async (name, input) => {
    const url = await newQueue();
    await expect(receive(url, input)).rejects.toThrow(name);
  });

  it("a receive of an unknown system attribute is refused by its name", async () => {
    const url = await newQueue();
    const more = { AttributeNames: ["Sender"] } as never;
    await expect(receive(url, more)).rejects.toMatchObject({ name: "InvalidAttributeName" });
  });

  it("every character that SQS allows returns unchanged", async () => {
    const url = await newQueue();
    const body = "\u0009\u000a\u000d \ud7ff\ue000\ufffd\u{10000}\u{10ffff}";
    const MessageAttributes = { a: { DataType: "String", StringValue: body } };
    await send(url, body, { MessageAttributes });
    const [message] = await receive(url, { MessageAttributeNames: ["All"] });
    expect(message).toMatchObject({ Body: body, MessageAttributes });
  });

  it("a message is invisible for at most twelve hours in total", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "43200" });
    await send(QueueUrl, "a");
    const [message] = await receive(QueueUrl);
    const change = (VisibilityTimeout: number) => {
      const { ReceiptHandle } = message!;
      const input = { QueueUrl, ReceiptHandle, VisibilityTimeout };
      return sqs.send(new ChangeMessageVisibilityCommand(input));
    };
    await change(43_190);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(change(43_200)).rejects.toThrow("beyond the limit");
  });

  it.each([
    ["InvalidMessageContents", { MessageBody: "\u0001" }],
    ["Message must be shorter", { MessageBody: "x".repeat(1_048_577) }],
    ["DelaySeconds", { MessageBody: "a", DelaySeconds: 901 }],
    ["MessageGroupId", { MessageBody: "a", MessageGroupId: "g".repeat(129) }],
    ["MessageGroupId", { MessageBody: "a", MessageGroupId: "a b" }],
    [
      "Invalid characters",
      {
        MessageBody: "a",
        MessageAttributes: { a: { DataType: "String", StringValue: "\u0000" } },
      },
    ],
    [
      "system attribute",
      {
        MessageBody: "a",
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "Number", StringValue: "1" } },
      },
    ],
  ])("a message is refused: %s", async (reason, input) => {
    const QueueUrl = await newQueue();
    const failure = await sqs.send(new SendMessageCommand({ QueueUrl, ...input })).catch(String);
    expect(failure).toContain(reason);
  });
};
