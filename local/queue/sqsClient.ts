import * as z from "zod";
import { awsJsonClient } from "../http/awsJsonClient.ts";
import type { Signing } from "../http/signRequest.ts";
import { sendBatcher } from "./sendBatcher.ts";

/** A message as `ReceiveMessage` gave it, with the names that Lambda's queue events use. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** `ApproximateReceiveCount`, `SentTimestamp`, `SenderId` and so on. */
  readonly attributes: Record<string, string>;
  readonly messageAttributes: Record<string, MessageAttribute>;
}

export interface MessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  /** In base64. */
  readonly binaryValue?: string | undefined;
}

/** What the rule engine and the event source mappings need of SQS. */
export interface SqsClient {
  /**
   * Resolves once the queue has stored this message. Sends that come at the same time travel as one
   * batch. Fails with an `AwsError` when the queue refuses it.
   */
  send(queueUrl: string, body: string): Promise<void>;
  /**
   * Takes up to `max` (10 at most) messages and waits up to `waitSeconds` (20 at most) for the first.
   * Rejects with an `AbortError` when `signal` ends the wait.
   */
  receive(
    queueUrl: string,
    options: { max: number; waitSeconds: number; signal?: AbortSignal },
  ): Promise<ReceivedMessage[]>;
  /** Removes received messages, any number of them. */
  deleteBatch(queueUrl: string, receiptHandles: readonly string[]): Promise<void>;
  close(): void;
}

/** Calls that end at once: sends and deletes. */
const callsAtOnceMax = 64;
/** Calls that wait for messages. Each poller of an event source mapping holds one. */
const waitsAtOnceMax = 256;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html */
const batchEntriesMax = 10;

/** An SQS client for the queues at `url`. */
export const sqsClient = (url: string, signing: Signing): SqsClient => {
  const service = { url, signing, target: "AmazonSQS", version: "1.0" } as const;
  const calls = awsJsonClient({ ...service, socketsMax: callsAtOnceMax });
  const waits = awsJsonClient({ ...service, socketsMax: waitsAtOnceMax });
  const batcher = sendBatcher((input) => calls.call("SendMessageBatch", input));

  return {
    send: batcher.send,
    async receive(queueUrl, { max, waitSeconds, signal }) {
      const input = {
        QueueUrl: queueUrl,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      };
      const { Messages } = received.parse(await waits.call("ReceiveMessage", input, signal));
      return Messages.map(named);
    },
    async deleteBatch(queueUrl, receiptHandles) {
      await Promise.all(
        inBatches(receiptHandles).map((handles) =>
          calls.call("DeleteMessageBatch", {
            QueueUrl: queueUrl,
            Entries: handles.map((handle, i) => ({ Id: String(i), ReceiptHandle: handle })),
          }),
        ),
      );
    },
    close() {
      calls.close();
      waits.close();
    },
  };
};

const message = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  Body: z.string(),
  MD5OfBody: z.string(),
  Attributes: z.record(z.string(), z.string()).default({}),
  MessageAttributes: z
    .record(
      z.string(),
      z.object({
        DataType: z.string(),
        StringValue: z.string().optional(),
        BinaryValue: z.string().optional(),
      }),
    )
    .default({}),
});

const received = z.object({ Messages: z.array(message).default([]) });

const named = (from: z.output<typeof message>): ReceivedMessage => ({
  messageId: from.MessageId,
  receiptHandle: from.ReceiptHandle,
  body: from.Body,
  md5OfBody: from.MD5OfBody,
  attributes: from.Attributes,
  messageAttributes: Object.fromEntries(
    Object.entries(from.MessageAttributes).map(([name, value]) => [
      name,
      {
        dataType: value.DataType,
        stringValue: value.StringValue,
        binaryValue: value.BinaryValue,
      },
    ]),
  ),
});

const inBatches = (handles: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(handles.length / batchEntriesMax) }, (_, i) =>
    handles.slice(i * batchEntriesMax, (i + 1) * batchEntriesMax),
  );
