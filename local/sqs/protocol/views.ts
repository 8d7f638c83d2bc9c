import { systemTimeOf } from "../../platform/steadyClock.ts";
import {
  type MessageAttributes,
  md5Of,
  md5OfAttributes,
  type ReceivedMessage,
} from "../engine/message.ts";
import type { Queue } from "../engine/queue.ts";
import { receiptHandleOf } from "../engine/receiptHandle.ts";
import { sqsFailure } from "../errors.ts";

/** All system attributes of a received message. */
export const systemAttributesOf = (
  message: ReceivedMessage,
  account: string,
): Record<string, string> => {
  const { group, deadLetteredBy, systemAttributes } = message;
  const trace = systemAttributes?.AWSTraceHeader?.StringValue;
  return {
    SenderId: account,
    SentTimestamp: String(systemTimeOf(message.sentAt)),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(systemTimeOf(message.firstReceivedAt)),
    ...(group !== undefined && { MessageGroupId: group }),
    ...(deadLetteredBy !== undefined && { DeadLetterQueueSourceArn: deadLetteredBy }),
    ...(trace !== undefined && { AWSTraceHeader: trace }),
  };
};

/** A message in a response of `ReceiveMessage`, with the requested attributes. */
export const messageView = (
  message: ReceivedMessage,
  {
    account,
    systemNames,
    names,
  }: { account: string; systemNames: readonly string[]; names: readonly string[] },
): object => {
  const attributes = selectAttributes(message.attributes ?? {}, names);
  const hasAttributes = Object.keys(attributes).length > 0;
  const system = selectSystemAttributes(systemAttributesOf(message, account), systemNames);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandleOf(message),
    MD5OfBody: md5Of(message.body),
    Body: message.body,
    ...(system !== undefined && { Attributes: system }),
    ...(hasAttributes && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
  };
};

const selectSystemAttributes = (
  all: Record<string, string>,
  names: readonly string[],
): Record<string, string> | undefined => {
  if (names.length === 0) return undefined;
  if (names.includes("All")) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
};

const systemNames: ReadonlySet<string> = new Set([
  "All",
  "AWSTraceHeader",
  "ApproximateFirstReceiveTimestamp",
  "ApproximateReceiveCount",
  "DeadLetterQueueSourceArn",
  "MessageDeduplicationId",
  "MessageGroupId",
  "SenderId",
  "SentTimestamp",
  "SequenceNumber",
  "SqsManagedSseEnabled",
]);

/** Fails for the name of a system attribute that no message has. */
export const checkSystemNames = (names: readonly string[]): void => {
  const unknown = names.find((name) => !systemNames.has(name));
  if (unknown !== undefined) {
    throw sqsFailure("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  }
};

/** `All` and `.*` select every attribute; `prefix.*` those whose name begins with the prefix. */
const selectAttributes = (all: MessageAttributes, names: readonly string[]): MessageAttributes => {
  if (names.length === 0) return {};
  const isSelected = (name: string): boolean =>
    names.some(
      (one) =>
        one === "All" || one === name || (one.endsWith(".*") && name.startsWith(one.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(all).filter(([name]) => isSelected(name)));
};

/** The attributes of a queue with these names. Fails for an unknown name. */
export const queueAttributesView = (
  queue: Queue,
  names: readonly string[],
): Record<string, string> => {
  const all: Record<string, string> = {
    ...queue.settings,
    QueueArn: queue.arn,
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1_000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1_000)),
    ApproximateNumberOfMessages: String(queue.messages.size - queue.inFlight - queue.delayed),
    ApproximateNumberOfMessagesNotVisible: String(queue.inFlight),
    ApproximateNumberOfMessagesDelayed: String(queue.delayed),
  };
  if (names.includes("All")) return all;
  const unknown = names.find((name) => all[name] === undefined && !optionalNames.has(name));
  if (unknown !== undefined) {
    throw sqsFailure("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
};

/** Attributes that a queue may not have. */
const optionalNames: ReadonlySet<string> = new Set([
  "Policy",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "SqsManagedSseEnabled",
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
]);
