import type { CallGate } from "../fault/callGate.ts";
import { AwsError } from "../http/awsJsonClient.ts";
import { requireDiskSpace } from "../http/requireDiskSpace.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { UsageMeter } from "../platform/usageMeter.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import type { ChangeLog } from "./engine/changeLog.ts";
import type { SqsEngine } from "./engine/engine.ts";
import { type Message, md5Of } from "./engine/message.ts";
import type { Queue } from "./engine/queue.ts";
import { receiptHandleOf } from "./engine/receiptHandle.ts";
import { batchEntriesMax } from "./limits.ts";
import { meterOther, meterReceive, meterSend } from "./meter.ts";
import { systemAttributesOf } from "./protocol/views.ts";

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

/**
 * The SQS operations of the rule engine and the event source mappings, within the process. Each
 * fails with an `AwsError` when the queue refuses it, and with a `ConnectionCut` when SQS is
 * stopped.
 */
export interface SqsClient {
  /** Resolves once the queue has stored this message. */
  send(queueUrl: string, body: string): Promise<void>;
  /**
   * Receives up to `max` (maximum 10) messages and waits up to `waitSeconds` (maximum 20) for the
   * first. Rejects with an `AbortError` when `signal` aborts the wait.
   */
  receive(
    queueUrl: string,
    options: { max: number; waitSeconds: number; signal?: AbortSignal },
  ): Promise<ReceivedMessage[]>;
  /**
   * Deletes any number of received messages. The deletion is stored with later changes, or within
   * 0.1 s. If the process ends before, the messages are received again.
   */
  deleteBatch(queueUrl: string, receiptHandles: readonly string[]): Promise<void>;
  /**
   * The number of messages that can be received now: 0 if the queue does not exist. Not an
   * operation of SQS.
   */
  waitingMessages(queueUrl: string): number;
}

export interface SqsClientDeps {
  readonly engine: SqsEngine;
  readonly log: ChangeLog;
  readonly gate: CallGate;
  readonly account: string;
  readonly usageMeter: UsageMeter;
  readonly space: DiskSpace;
}

/** A client that calls the engine without requests. */
export const sqsClient = (deps: SqsClientDeps): SqsClient => {
  const { engine, log, gate, account, usageMeter, space } = deps;
  const nameOf = (queueUrl: string): string => queueUrl.split("/").at(-1) ?? "";
  const find = (queueUrl: string): Queue => engine.queue(nameOf(queueUrl));
  return {
    // IoT Core sends the messages of rules one by one.
    send: (queueUrl, body) =>
      gate.run("SendMessage", async () => {
        await refusable("SendMessage", async () => {
          await requireDiskSpace(space);
          engine.send(find(queueUrl), { body });
        });
        meterSend(usageMeter, { bytes: Buffer.byteLength(body), hasGroup: false });
        await log.stored();
      }),
    waitingMessages: (queueUrl) => engine.waitingMessages(nameOf(queueUrl)),
    async receive(queueUrl, { max, waitSeconds, signal }) {
      // While the disk is full, the functions could only fail.
      if (space.isFull) await space.waitForSpace(signal && { signal });
      const call = async (left: AbortSignal): Promise<ReceivedMessage[]> => {
        const options = { max, waitSeconds, signal: left };
        const messages = await refusable("ReceiveMessage", () =>
          engine.receive(find(queueUrl), options),
        );
        meterReceive(usageMeter, answerBytes(messages));
        return messages.map((message) => receivedMessage(message, account));
      };
      return await gate.run("ReceiveMessage", call, signal);
    },
    async deleteBatch(queueUrl, receiptHandles) {
      if (space.isFull) await space.waitForSpace();
      await gate.run("DeleteMessageBatch", async () => {
        await refusable("DeleteMessageBatch", async () => {
          const queue = find(queueUrl);
          for (const handle of receiptHandles) engine.delete(queue, handle);
        });
        for (let done = 0; done < receiptHandles.length; done += batchEntriesMax) {
          meterOther(usageMeter, "DeleteMessageBatch");
        }
      });
    },
  };
};

/** Converts an error response of SQS to the error of a client. */
const refusable = async <Result>(
  operation: string,
  call: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof RestFailure)) throw error;
    const { code, status, message } = error;
    throw new AwsError(`${operation}: ${code} ${message}`, { code, status });
  }
};

/** Size of the JSON around a message in a response, without its body. */
const viewBytes = 600;

const answerBytes = (messages: readonly Message[]): number =>
  messages.reduce((bytes, { body }) => bytes + viewBytes + Buffer.byteLength(body), 0);

const receivedMessage = (message: Message, account: string): ReceivedMessage => ({
  messageId: message.id,
  receiptHandle: receiptHandleOf(message),
  body: message.body,
  md5OfBody: md5Of(message.body),
  attributes: systemAttributesOf(message, account),
  messageAttributes: Object.fromEntries(
    Object.entries(message.attributes ?? {}).map(([name, value]) => [
      name,
      {
        dataType: value.DataType,
        stringValue: value.StringValue,
        binaryValue: value.BinaryValue,
      },
    ]),
  ),
});
