import * as z from "zod/mini";
import type { CallPolicy } from "./call.ts";
import { openJsonCaller } from "./jsonCaller.ts";

/** A message of a batch. */
export interface SentMessage {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number | undefined;
  readonly MessageGroupId?: string | undefined;
}

/** A message that a queue refused. */
export interface RefusedEntry {
  readonly Id: string;
  readonly Code: string;
  readonly Message?: string | undefined;
}

/** A change of a visibility timeout. */
interface VisibilityChange {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/**
 * The operations of SQS in this region that functions use.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */
export interface QueueClient {
  /** Sends up to ten messages and returns the refused ones. */
  sendMessageBatch(url: string, entries: readonly SentMessage[]): Promise<RefusedEntry[]>;
  sendMessage(url: string, body: string): Promise<void>;
  /** Changes up to ten messages and returns the refused changes. */
  changeVisibilityBatch(url: string, entries: readonly VisibilityChange[]): Promise<RefusedEntry[]>;
  /** Fails when the queue does not respond. */
  getQueueArn(url: string): Promise<void>;
}

const batchReply = z.object({
  Failed: z._default(
    z.array(z.object({ Id: z.string(), Code: z.string(), Message: z.optional(z.string()) })),
    [],
  ),
});

/** The queues of this region, over the AWS JSON protocol. */
export const openQueueClient = (policy: CallPolicy): QueueClient => {
  const call = openJsonCaller({ name: "sqs", target: "AmazonSQS", version: "1.0" }, policy);
  return {
    async sendMessageBatch(QueueUrl, Entries) {
      return batchReply.parse(await call("SendMessageBatch", { QueueUrl, Entries })).Failed;
    },
    async sendMessage(QueueUrl, MessageBody) {
      await call("SendMessage", { QueueUrl, MessageBody });
    },
    async changeVisibilityBatch(QueueUrl, Entries) {
      const reply = await call("ChangeMessageVisibilityBatch", { QueueUrl, Entries });
      return batchReply.parse(reply).Failed;
    },
    async getQueueArn(QueueUrl) {
      await call("GetQueueAttributes", { QueueUrl, AttributeNames: ["QueueArn"] });
    },
  };
};
