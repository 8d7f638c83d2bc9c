import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { s3FailedEvents } from "#shared/aws/failedEvents.ts";
import { openQueues, sqsDeliveries, sqsEvents, sqsUnreadable } from "#shared/aws/queues.ts";
import { receivedEvent } from "#shared/event/deviceEvent.ts";
import { delivery } from "#shared/integration/delivery.ts";
import { startQueuesAndBuckets } from "../../contracts/emulators.ts";
import { failedEventsContract } from "../../contracts/failedEvents.ts";
import { deliveriesContract, eventsContract } from "../../contracts/queues.ts";
import { aDelivery, someTime } from "../../memory/samples.ts";

const { sqs, s3, newQueue, newBucket } = await startQueuesAndBuckets();
const queues = openQueues();

/** Takes everything out of a queue that is ready. */
const receive = async (QueueUrl: string): Promise<string[]> => {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body }) => Body!));
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
};

deliveriesContract(async () => {
  const url = await newQueue();
  return {
    deliveries: sqsDeliveries(queues, url),
    received: async () => (await receive(url)).map((body) => delivery.parse(JSON.parse(body))),
  };
});

eventsContract(async () => {
  const url = await newQueue();
  return {
    events: sqsEvents(queues, url),
    received: async () => (await receive(url)).map((body) => receivedEvent.parse(JSON.parse(body))),
  };
});

failedEventsContract(async () => {
  const Bucket = await newBucket();
  return {
    failedEvents: s3FailedEvents(Bucket),
    async put(Key, event) {
      const Body =
        event === "garbage"
          ? "garbage"
          : JSON.stringify({
              ruleName: "godwit_events",
              topic: event.topic,
              clientId: "d",
              base64OriginalPayload: event.data,
              failures: [{ failedAction: "SqsAction" }],
            });
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
  };
});

describe("deliveries in SQS", () => {
  it("are not ready before their time", async () => {
    const url = await newQueue();
    await sqsDeliveries(queues, url).send(
      [aDelivery({ id: "now" }), aDelivery({ id: "later", notBefore: someTime + 60_000 })],
      someTime,
    );
    const ready = (await receive(url)).map((body) => delivery.parse(JSON.parse(body)).id);
    expect(ready).toEqual(["now"]);
  });

  it("fail when the queue is not there", async () => {
    const url = (await newQueue()).replace(/queue-\d+$/, "nowhere");
    await expect(sqsDeliveries(queues, url).send([aDelivery()], someTime)).rejects.toThrow();
  });
});

describe("what cannot be read", () => {
  it("is put aside as it is", async () => {
    const url = await newQueue();
    await sqsUnreadable(queues, url).put("{ no JSON \u0000");
    expect(await receive(url)).toEqual(["{ no JSON \u0000"]);
  });

  it("is kept in the bucket under another name", async () => {
    const Bucket = await newBucket();
    const Key = "events/1-a b+c.json";
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "garbage" }));
    await s3FailedEvents(Bucket).setAside(Key);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `unreadable/${Key}` }));
    expect(await Body!.transformToString()).toBe("garbage");
  });
});
