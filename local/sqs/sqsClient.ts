import type { CallGate } from "../fault/callGate.ts";
import { AwsError } from "../http/awsJsonClient.ts";
import { requireDiskSpace } from "../http/requireDiskSpace.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Cancellation } from "../platform/cancellation.ts";
import type { UsageMeter } from "../platform/usageMeter.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import type { ChangeLog } from "./engine/changeLog.ts";
import type { SqsEngine } from "./engine/engine.ts";
import { md5Of, type ReceivedMessage as Received } from "./engine/message.ts";
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
   * first. Rejects with the reason of its cancellation.
   */
  receive(
    queueUrl: string,
    options: { max: number; waitSeconds: number; cancellation?: Cancellation },
  ): Promise<ReceivedMessage[]>;
  /**
   * Deletes any number of received messages. The deletion is stored with later changes, or within
   * 0.1 s. If the process ends before, the messages are received again.
   */
  deleteBatch(queueUrl: string, receiptHandles: readonly string[]): void | Promise<void>;
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
  const sendOne = (queueUrl: string, body: string): Promise<void> => {
    refusable("SendMessage", () => engine.send(find(queueUrl), { body }));
    meterSend(usageMeter, { bytes: Buffer.byteLength(body), hasGroup: false });
    return log.stored();
  };
  const deleteAll = (queueUrl: string, receiptHandles: readonly string[]): void => {
    refusable("DeleteMessageBatch", () => {
      const queue = find(queueUrl);
      for (const handle of receiptHandles) engine.delete(queue, handle);
    });
    for (let done = 0; done < receiptHandles.length; done += batchEntriesMax) {
      meterOther(usageMeter, "DeleteMessageBatch");
    }
  };
  return {
    // IoT Core sends the messages of rules one by one.
    async send(queueUrl, body) {
      await gate.run("SendMessage", () => {
        if (!space.isFull) return sendOne(queueUrl, body);
        return waitForSpace("SendMessage", space).then(() => sendOne(queueUrl, body));
      });
    },
    waitingMessages: (queueUrl) => engine.waitingMessages(nameOf(queueUrl)),
    async receive(queueUrl, { max, waitSeconds, cancellation }) {
      // While the disk is full, the functions could only fail.
      if (space.isFull) {
        await space.waitForSpace(cancellation && { signal: cancellation.signal });
      }
      const call = async (client: Cancellation): Promise<ReceivedMessage[]> => {
        try {
          const options = { max, waitSeconds, cancellation: client };
          const messages = await engine.receive(find(queueUrl), options);
          meterReceive(usageMeter, answerBytes(messages));
          return messages.map((message) => receivedMessage(message, account));
        } catch (error) {
          return refuse("ReceiveMessage", error);
        }
      };
      return await gate.run("ReceiveMessage", call, cancellation);
    },
    deleteBatch(queueUrl, receiptHandles) {
      const run = (): void | Promise<void> =>
        gate.run("DeleteMessageBatch", () => deleteAll(queueUrl, receiptHandles));
      return space.isFull ? space.waitForSpace().then(run) : run();
    },
  };
};

/** Waits for disk space, and converts the error response as for a request. */
const waitForSpace = (operation: string, space: DiskSpace): Promise<void> =>
  requireDiskSpace(space).catch((error: unknown) => refuse(operation, error));

/** Runs a change, and converts an error response of SQS to the error of a client. */
const refusable = <Result>(operation: string, call: () => Result): Result => {
  try {
    return call();
  } catch (error) {
    return refuse(operation, error);
  }
};

const refuse = (operation: string, error: unknown): never => {
  if (!(error instanceof RestFailure)) throw error;
  const { code, status, message } = error;
  throw new AwsError(`${operation}: ${code} ${message}`, { code, status });
};

/** Size of the JSON around a message in a response, without its body. */
const viewBytes = 600;

const answerBytes = (messages: readonly Received[]): number =>
  messages.reduce((bytes, { body }) => bytes + viewBytes + Buffer.byteLength(body), 0);

const receivedMessage = (message: Received, account: string): ReceivedMessage => ({
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
