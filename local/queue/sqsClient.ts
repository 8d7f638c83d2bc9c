import * as z from "zod";
import { awsJsonClient } from "../http/awsJsonClient.ts";
import type { Signing } from "../http/signRequest.ts";
import { sendBatcher } from "./sendBatcher.ts";

/** A message from `ReceiveMessage`, with the field names of Lambda's queue events. */
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

/** The SQS operations of the rule engine and the event source mappings. */
export interface SqsClient {
  /**
   * Resolves once the queue has stored this message. Concurrent sends are combined into batches.
   * Fails with an `AwsError` when the queue refuses the message.
   */
  send(queueUrl: string, body: string): Promise<void>;
  /**
   * Receives up to `max` (maximum 10) messages and waits up to `waitSeconds` (maximum 20) for the
   * first. Rejects with an `AbortError` when `signal` aborts the wait.
   */
  receive(
    queueUrl: string,
    options: { max: number; waitSeconds: number; signal?: AbortSignal },
  ): Promise<ReceivedMessage[]>;
  /** Deletes any number of received messages. */
  deleteBatch(queueUrl: string, receiptHandles: readonly string[]): Promise<void>;
  close(): void;
}

/** Maximum concurrent sends and deletes. */
const concurrentCallsMax = 64;
/** Maximum concurrent receives. Each event source mapping has one. */
const concurrentReceivesMax = 256;
/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
 */
const batchEntriesMax = 10;

/** An SQS client for the queues at `url`. */
export const sqsClient = (url: string, signing: Signing): SqsClient => {
  const service = { url, signing, target: "AmazonSQS", version: "1.0" } as const;
  const calls = awsJsonClient({ ...service, socketsMax: concurrentCallsMax });
  const waits = awsJsonClient({ ...service, socketsMax: concurrentReceivesMax });
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
      return Messages.map(toReceivedMessage);
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

const toReceivedMessage = (from: z.output<typeof message>): ReceivedMessage => ({
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
