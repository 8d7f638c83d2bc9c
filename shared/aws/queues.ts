import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { queueDelay } from "../integration/schedule.ts";
import { queueBatchBytesMax, queueBatchMax } from "../limits.ts";
import type { Deliveries, Events, Unreadable } from "../ports.ts";
import { patience } from "./clients.ts";

/** The way to the queues of this region. */
export const openQueues = (): SQSClient => new SQSClient(patience);

interface Message {
  readonly body: string;
  readonly delaySeconds?: number;
  /** Makes the queue fair between groups: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html */
  readonly group?: string;
}

/** Sends messages in as few requests as the queue's limits allow, and answers the indexes of those that it did not take. */
const sendAll = async (
  sqs: SQSClient,
  url: string,
  messages: readonly Message[],
): Promise<Set<number>> => {
  const refused = new Set<number>();
  await Promise.all(
    batches(messages).map(async (indexes) => {
      const Entries = indexes.map((i) => ({
        Id: String(i),
        MessageBody: messages[i]?.body,
        DelaySeconds: messages[i]?.delaySeconds,
        MessageGroupId: messages[i]?.group,
      }));
      const { Failed = [] } = await sqs.send(
        new SendMessageBatchCommand({ QueueUrl: url, Entries }),
      );
      for (const { Id } of Failed) refused.add(Number(Id));
    }),
  );
  return refused;
};

/** The messages' indexes, in groups that one request can carry. */
const batches = (messages: readonly Message[]): number[][] => {
  const all: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [i, { body }] of messages.entries()) {
    const size = Buffer.byteLength(body);
    const current = all.at(-1);
    if (current && current.length < queueBatchMax && bytes + size <= queueBatchBytesMax) {
      current.push(i);
      bytes += size;
    } else {
      all.push([i]);
      bytes = size;
    }
  }
  return all;
};

/** Deliveries in a standard queue with a message group for each integration. */
export const sqsDeliveries = (sqs: SQSClient, url: string): Deliveries => ({
  async send(deliveries, now) {
    const refused = await sendAll(
      sqs,
      url,
      deliveries.map((delivery) => ({
        body: JSON.stringify(delivery),
        delaySeconds: queueDelay(delivery.notBefore, now),
        group: delivery.integration,
      })),
    );
    return new Set([...refused].flatMap((i) => deliveries[i]?.id ?? []));
  },
});

/** Events in a standard queue, as the topic rule writes them. */
export const sqsEvents = (sqs: SQSClient, url: string): Events => ({
  send: (events) =>
    sendAll(
      sqs,
      url,
      events.map((event) => ({ body: JSON.stringify(event) })),
    ),
});

/** The dead-letter queue of a queue, for what no function can read. */
export const sqsUnreadable = (sqs: SQSClient, url: string): Unreadable => ({
  async put(body) {
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
  },
});
