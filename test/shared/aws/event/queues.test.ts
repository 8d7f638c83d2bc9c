import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it, vi } from "vitest";
import { s3LedgerEntries } from "#shared/aws/delivery/ledgerEntries.ts";
import { s3OpenUsage } from "#shared/aws/delivery/openUsage.ts";
import { s3Archive } from "#shared/aws/event/archive.ts";
import { s3FailedEvents } from "#shared/aws/event/failedEvents.ts";
import {
  openQueues,
  sqsArchive,
  sqsDeliveries,
  sqsEvents,
  sqsMalformedMessages,
  sqsRecords,
} from "#shared/aws/event/queues.ts";
import { s3Images } from "#shared/aws/firmware/images.ts";
import { openBuckets } from "#shared/aws/platform/clients.ts";
import { s3DeviceActivity } from "#shared/aws/presence/deviceActivity.ts";
import { s3HeartbeatProfiles } from "#shared/aws/presence/heartbeatProfiles.ts";
import { delivery } from "#shared/delivery/delivery.ts";
import { archiveMessage } from "#shared/event/archiveSetting.ts";
import { receivedEvent } from "#shared/event/deviceEvent.ts";
import { ledgerRecord } from "#shared/ledger/record.ts";
import { ledgerEntriesContract } from "../../../contracts/delivery/ledger.ts";
import { openUsageContract } from "../../../contracts/delivery/usage.ts";
import { startQueuesAndBuckets } from "../../../contracts/emulators.ts";
import { archiveContract } from "../../../contracts/event/archive.ts";
import { failedEventsContract } from "../../../contracts/event/failedEvents.ts";
import {
  deliveriesContract,
  eventsContract,
  recordsContract,
} from "../../../contracts/event/queues.ts";
import { imagesContract } from "../../../contracts/firmware/images.ts";
import { deviceActivityContract } from "../../../contracts/presence/deviceActivity.ts";
import { heartbeatProfilesContract } from "../../../contracts/presence/heartbeatProfiles.ts";
import { aDelivery, aReceivedEvent, someTime } from "../../../memory/samples.ts";

const { sqs, s3, newQueue, newBucket } = await startQueuesAndBuckets();
const queues = openQueues();

/** Receives all visible messages of a queue. */
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

recordsContract(async () => {
  const url = await newQueue();
  return {
    records: sqsRecords(queues, url),
    received: async () => (await receive(url)).map((body) => ledgerRecord.parse(JSON.parse(body))),
  };
});

openUsageContract(async () => s3OpenUsage(openBuckets(), await newBucket()));
ledgerEntriesContract(async () => s3LedgerEntries(openBuckets(), await newBucket()));
heartbeatProfilesContract(async () => s3HeartbeatProfiles(openBuckets(), await newBucket()));
deviceActivityContract(async () => s3DeviceActivity(openBuckets(), await newBucket()));

failedEventsContract(async () => {
  const Bucket = await newBucket();
  return {
    failedEvents: s3FailedEvents(Bucket, "events"),
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

archiveContract(async () => s3Archive(await newBucket()));
imagesContract(async () => {
  const bucket = await newBucket();
  return s3Images({ region: "", regions: [""], prefix: bucket }, () => {});
});

describe("events for the archive", () => {
  const large = (i: number) => ({
    fleet: "f1",
    days: 7,
    received: aReceivedEvent({ id: `m${i}`, data: Buffer.alloc(131_072, i).toString("base64") }),
  });

  it("are packed into as few messages as possible", async () => {
    const url = await newQueue();
    const small = Array.from({ length: 10 }, (_, i) => ({
      fleet: "f1",
      days: 7,
      received: aReceivedEvent({ id: `m${i}`, topic: "events/f1/d/\uffff é" }),
    }));
    expect(await sqsArchive(queues, url).send(small)).toEqual(new Map());
    const [body, ...others] = await receive(url);
    expect(archiveMessage.parse(JSON.parse(body ?? ""))).toEqual({ events: small });
    expect(others).toEqual([]);
    const many = Array.from({ length: 10 }, (_, i) => large(i));
    expect(await sqsArchive(queues, url).send(many)).toEqual(new Map());
    const bodies = await receive(url);
    expect(bodies).toHaveLength(2);
    const events = bodies.flatMap((text) => archiveMessage.parse(JSON.parse(text)).events);
    expect(events.map(({ received }) => received.id).toSorted()).toEqual(
      many.map(({ received }) => received.id),
    );
  });

  it("are all refused, with the reason, when the queue does not exist", async () => {
    const url = (await newQueue()).replace(/queue-\d+$/, "nowhere");
    const refused = await sqsArchive(queues, url).send([large(0), large(1)]);
    expect([...refused.keys()]).toEqual([0, 1]);
    expect(await sqsArchive(queues, url).send([])).toEqual(new Map());
  });
});

describe("deliveries in SQS", () => {
  it("are not visible before they are due", async () => {
    const url = await newQueue();
    await sqsDeliveries(queues, url).send(
      [aDelivery({ id: "now" }), aDelivery({ id: "later", notBefore: someTime + 60_000 })],
      someTime,
    );
    const ready = (await receive(url)).map((body) => delivery.parse(JSON.parse(body)).id);
    expect(ready).toEqual(["now"]);
  });

  it("are all refused, with the reason, when the queue does not exist", async () => {
    const url = (await newQueue()).replace(/queue-\d+$/, "nowhere");
    const many = Array.from({ length: 11 }, (_, i) => aDelivery({ id: `m${i}` }));
    const refused = await sqsDeliveries(queues, url).send(many, someTime);
    expect([...refused.keys()].sort()).toEqual(many.map(({ id }) => id).sort());
    expect(refused.get("m0")).toMatchObject({ name: "QueueDoesNotExist" });
  });

  it("have their integration as message group", async () => {
    const sendMessageBatch = vi.fn(async () => []);
    const fake = { ...queues, sendMessageBatch };
    await sqsDeliveries(fake, "http://q").send([aDelivery({ integration: "i7" })], someTime);
    const entries = [expect.objectContaining({ MessageGroupId: "i7" })];
    expect(sendMessageBatch).toHaveBeenCalledWith("http://q", entries);
  });

  it("are refused individually: other messages of the request are not sent again", async () => {
    const refusedEntries = [{ Id: "1", Code: "InternalError", Message: "sorry" }];
    const fake = { ...queues, sendMessageBatch: async () => refusedEntries };
    const two = [aDelivery({ id: "a" }), aDelivery({ id: "b" })];
    const refused = await sqsDeliveries(fake, "http://q").send(two, someTime);
    expect(refused).toEqual(new Map([["b", new Error("InternalError: sorry")]]));
  });
});

describe("a malformed message", () => {
  it("is sent to the dead-letter queue unchanged", async () => {
    const url = await newQueue();
    await sqsMalformedMessages(queues, url).put("{ no JSON");
    expect(await receive(url)).toEqual(["{ no JSON"]);
  });

  it("of the topic rule is moved to another prefix of the bucket", async () => {
    const Bucket = await newBucket();
    const Key = "events/1-a b+c.json";
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "garbage" }));
    await s3FailedEvents(Bucket, "events").setAside(Key);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `unreadable/${Key}` }));
    expect(await Body!.transformToString()).toBe("garbage");
  });
});
