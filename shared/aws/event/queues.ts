import type { MailQueue } from "../../account/mail/mailRequest.ts";
import type { ArchiveQueue } from "../../archive/ports.ts";
import {
  type Delivery,
  type DeliveryQueue,
  type MalformedMessages,
  messageGroupOf,
} from "../../delivery/delivery.ts";
import { queueDelay } from "../../delivery/schedule.ts";
import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import type { EventQueue } from "../../event/ports.ts";
import type { HealthCheck } from "../../health/checkHealth.ts";
import type { JobQueue } from "../../job/job.ts";
import type { LedgerRecord, RecordQueue } from "../../ledger/record.ts";
import type { ConfirmationQueue } from "../../notice/subscription/sendConfirmation.ts";
import { asError } from "../../platform/asError.ts";
import { queueRequestsAtOnceMax } from "../../platform/limits.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { queueBatchBytesMax, queueBatchMax } from "../../platform/quotas.ts";
import type { CallPolicy } from "../call/call.ts";
import { openQueueClient, type QueueClient } from "../call/sqs.ts";
import { standardRetry } from "../platform/clients.ts";

/** The SQS client of this region. */
export const openQueues = (policy: CallPolicy = standardRetry): QueueClient =>
  openQueueClient(policy);

interface Message {
  readonly body: string;
  readonly delaySeconds?: number;
  /**
   * The message group of a fair queue:
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
   */
  readonly group?: string;
}

/** The messages of one request, by index. */
type Request = Map<number, Message>;

/**
 * Sends messages in as few requests as the queue's limits allow, with bounded concurrency. Returns
 * the error of each message that the queue did not take, by index. Messages are created lazily, so
 * that a thousand large messages are never in memory together.
 */
const sendAll = async (
  sqs: QueueClient,
  url: string,
  messages: Iterable<Message>,
): Promise<Map<number, Error>> => {
  const refused = new Map<number, Error>();
  await mapConcurrently(requests(messages), queueRequestsAtOnceMax, async (request) => {
    for (const [i, error] of await sendOne(sqs, url, request)) refused.set(i, error);
  });
  return refused;
};

/** If a request fails, its own messages are refused and other requests are not sent again. */
const sendOne = async (
  sqs: QueueClient,
  url: string,
  request: Request,
): Promise<[number, Error][]> => {
  const Entries = [...request].map(([i, { body, delaySeconds, group }]) => ({
    Id: String(i),
    MessageBody: body,
    DelaySeconds: delaySeconds,
    MessageGroupId: group,
  }));
  try {
    const refused = await sqs.sendMessageBatch(url, Entries);
    return refused.map(({ Id, Code, Message }) => [Number(Id), new Error(`${Code}: ${Message}`)]);
  } catch (error) {
    return [...request.keys()].map((i) => [i, asError(error)]);
  }
};

/** Groups messages into requests. */
function* requests(messages: Iterable<Message>): Generator<Request> {
  let request: Request = new Map();
  let bytes = 0;
  let i = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    if (request.size === queueBatchMax || (request.size > 0 && bytes + size > queueBatchBytesMax)) {
      yield request;
      request = new Map();
      bytes = 0;
    }
    request.set(i, message);
    bytes += size;
    i += 1;
  }
  if (request.size > 0) yield request;
}

/**
 * JSON that escapes characters which a message must not contain: SQS rejects U+FFFE and U+FFFF, and
 * emulators of SQS also reject characters beyond U+FFFF.
 */
const bodyOf = (message: object): string =>
  JSON.stringify(message).replace(
    /[\ud800-\udfff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );

/** The queue of deliveries: a standard queue with message groups (`messageGroupOf`). */
export const sqsDeliveries = (sqs: QueueClient, url: string): DeliveryQueue => ({
  async send(deliveries, now) {
    const refused = await sendAll(sqs, url, deliveryMessages(deliveries, now));
    return new Map([...refused].flatMap(([i, why]) => idAnd(deliveries[i], why)));
  },
});

function* deliveryMessages(deliveries: readonly Delivery[], now: number): Generator<Message> {
  for (const delivery of deliveries) {
    const delaySeconds = queueDelay(delivery.notBefore, now);
    yield { body: bodyOf(delivery), delaySeconds, group: messageGroupOf(delivery) };
  }
}

const idAnd = (delivery: Delivery | undefined, why: Error): [string, Error][] =>
  delivery === undefined ? [] : [[delivery.id, why]];

/** A standard queue of events, in the format of the topic rule. */
export const sqsEvents = (sqs: QueueClient, url: string): EventQueue => ({
  send: (events) => sendAll(sqs, url, eventMessages(events)),
});

function* eventMessages(events: readonly ReceivedEvent[]): Generator<Message> {
  for (const event of events) yield { body: bodyOf(event) };
}

/** The queue of the workers' records: a standard queue. */
export const sqsRecords = (sqs: QueueClient, url: string): RecordQueue => ({
  send: (records) => sendAll(sqs, url, recordMessages(records)),
});

function* recordMessages(records: readonly LedgerRecord[]): Generator<Message> {
  for (const record of records) yield { body: bodyOf(record) };
}

/** Reserves space for the JSON around the events. */
const messageBytesMax = queueBatchBytesMax - 1_024;

/** The queue of events to be archived, with as many events in a message as its size allows. */
export const sqsArchive = (sqs: QueueClient, url: string): ArchiveQueue => ({
  async send(events) {
    const packs: { from: number; to: number }[] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const [i, event] of events.entries()) {
      const size = Buffer.byteLength(bodyOf(event)) + 1;
      const last = packs.at(-1);
      if (last === undefined || bytes + size > messageBytesMax) {
        packs.push({ from: i, to: i + 1 });
        bytes = size;
      } else {
        last.to = i + 1;
        bytes += size;
      }
    }
    const messages = packs.map(({ from, to }) => ({
      body: bodyOf({ events: events.slice(from, to) }),
    }));
    const refused = await sendAll(sqs, url, messages);
    return new Map(
      [...refused].flatMap(([pack, why]) => {
        const { from = 0, to = 0 } = packs[pack] ?? {};
        return Array.from({ length: to - from }, (_, i) => [from + i, why] as const);
      }),
    );
  },
});

/** The queue of jobs. */
export const sqsJobs = (sqs: QueueClient, url: string): JobQueue => ({
  async send({ fleet, id }) {
    await sqs.sendMessage(url, JSON.stringify({ fleet, id }));
  },
});

/** The queue of mails. */
export const sqsMailQueue = (sqs: QueueClient, url: string): MailQueue => ({
  async send(order) {
    await sqs.sendMessage(url, bodyOf(order));
  },
});

/** The queue of mails that confirm subscriptions: the same queue. */
export const sqsConfirmationQueue = (sqs: QueueClient, url: string): ConfirmationQueue => ({
  send: (request) => sqs.sendMessage(url, bodyOf(request)),
});

/** The dead-letter queue for messages that cannot be parsed. */
export const sqsMalformedMessages = (sqs: QueueClient, url: string): MalformedMessages => ({
  put: (body) => sqs.sendMessage(url, body),
});

/** Checks that a queue responds, with `GetQueueAttributes`, which receives no messages. */
export const sqsHealthCheck = (sqs: QueueClient, url: string, name: string): HealthCheck => ({
  name,
  check: () => sqs.getQueueArn(url),
});
