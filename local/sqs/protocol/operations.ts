import type { Cancellation } from "../../platform/cancellation.ts";
import { steadyNow } from "../../platform/steadyClock.ts";
import type { UsageMeter } from "../../platform/usageMeter.ts";
import type { ChangeLog } from "../engine/changeLog.ts";
import type { SqsEngine } from "../engine/engine.ts";
import { type MessageContent, md5Of, md5OfAttributes, messageBytes } from "../engine/message.ts";
import type { Queue } from "../engine/queue.ts";
import { invalidValue, sqsFailure } from "../errors.ts";
import { messageBytesMax, receiveMessagesMax, receiveWaitSecondsMax } from "../limits.ts";
import { meterSend } from "../meter.ts";
import { runBatch } from "./batch.ts";
import { checkMessage } from "./checkMessage.ts";
import type { Input, OperationName } from "./inputs.ts";
import { moveTasks } from "./moveTasks.ts";
import { checkSystemNames, messageView, queueAttributesView } from "./views.ts";

export interface OperationDeps {
  readonly engine: SqsEngine;
  readonly log: ChangeLog;
  readonly account: string;
  /** The base URL of the queues. */
  readonly url: () => string;
  readonly usageMeter: UsageMeter;
}

type Operations = {
  readonly [Name in OperationName]: (
    input: Input<Name>,
    client: Cancellation | undefined,
  ) => object | Promise<object>;
};

/** Time between two purges of a queue. */
const purgeMs = 60_000;

/** The operations of SQS. They change the engine; the caller waits for the change log. */
export const sqsOperations = (deps: OperationDeps): Operations => ({
  ...queueOperations(deps),
  ...messageOperations(deps),
  ...taskOperations(deps),
});

const findQueue = ({ engine }: OperationDeps, queueUrl: string): Queue =>
  engine.queue(queueUrl.split("/").at(-1) ?? "");

const queueOperations = (deps: OperationDeps) => {
  const { engine, account, url } = deps;
  const find = (queueUrl: string): Queue => findQueue(deps, queueUrl);
  const urlOf = ({ name }: Queue): string => `${url()}/${account}/${name}`;
  return {
    CreateQueue: (input) => ({
      QueueUrl: urlOf(engine.createQueue(input.QueueName, input.Attributes, input.tags)),
    }),
    DeleteQueue({ QueueUrl }) {
      engine.deleteQueue(find(QueueUrl));
      return {};
    },
    PurgeQueue({ QueueUrl }) {
      const queue = find(QueueUrl);
      if (steadyNow() - queue.purgedAt < purgeMs) {
        throw sqsFailure(
          "PurgeQueueInProgress",
          `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
        );
      }
      engine.purge(queue);
      return {};
    },
    GetQueueUrl: ({ QueueName }) => ({ QueueUrl: urlOf(engine.queue(QueueName)) }),
    GetQueueAttributes({ QueueUrl, AttributeNames }) {
      const Attributes = queueAttributesView(find(QueueUrl), AttributeNames);
      return Object.keys(Attributes).length === 0 ? {} : { Attributes };
    },
    SetQueueAttributes({ QueueUrl, Attributes }) {
      engine.setSettings(find(QueueUrl), Attributes);
      return {};
    },
    ListQueues({ QueueNamePrefix, MaxResults, NextToken }) {
      const after = Buffer.from(NextToken, "base64url").toString();
      const found = [...engine.queues()]
        .filter(({ name }) => name.startsWith(QueueNamePrefix) && name > after)
        .sort((one, other) => (one.name < other.name ? -1 : 1));
      const page = found.slice(0, MaxResults);
      const last = page.at(-1);
      const hasMore = found.length > page.length && last !== undefined;
      return {
        QueueUrls: page.map(urlOf),
        ...(hasMore && { NextToken: Buffer.from(last.name).toString("base64url") }),
      };
    },
    ListDeadLetterSourceQueues({ QueueUrl }) {
      const { arn } = find(QueueUrl);
      const sources = [...engine.queues()].filter(
        ({ parsed }) => parsed.redrive?.targetArn === arn,
      );
      return { queueUrls: sources.map(urlOf) };
    },
    ListQueueTags: ({ QueueUrl }) => ({ Tags: find(QueueUrl).tags }),
    TagQueue({ QueueUrl, Tags }) {
      const queue = find(QueueUrl);
      engine.setTags(queue, { ...queue.tags, ...Tags });
      return {};
    },
    UntagQueue({ QueueUrl, TagKeys }) {
      const queue = find(QueueUrl);
      const kept = Object.entries(queue.tags).filter(([key]) => !TagKeys.includes(key));
      engine.setTags(queue, Object.fromEntries(kept));
      return {};
    },
  } satisfies Partial<Operations>;
};

const messageOperations = (deps: OperationDeps) => {
  const { engine, account, usageMeter } = deps;
  const find = (queueUrl: string): Queue => findQueue(deps, queueUrl);
  return {
    SendMessage({ QueueUrl, ...input }) {
      const queue = find(QueueUrl);
      const message = checkMessage(input);
      const sent = engine.send(queue, message);
      const hasGroup = message.group !== undefined;
      meterSend(usageMeter, { bytes: messageBytes(message), hasGroup });
      return sentView(sent);
    },
    SendMessageBatch({ QueueUrl, Entries }) {
      const queue = find(QueueUrl);
      let bytes = 0;
      for (const { MessageBody, MessageAttributes } of Entries) {
        bytes += messageBytes({ body: MessageBody, attributes: MessageAttributes });
      }
      if (bytes > messageBytesMax) {
        throw sqsFailure(
          "BatchRequestTooLong",
          `Batch requests cannot be longer than ${messageBytesMax} bytes. You have sent ${bytes} bytes.`,
        );
      }
      const result = runBatch(Entries, (entry) => {
        const sent = engine.send(queue, checkMessage(entry));
        return { Id: entry.Id, ...sentView(sent) };
      });
      const hasGroup = Entries.some(({ MessageGroupId }) => MessageGroupId);
      meterSend(usageMeter, { bytes, hasGroup });
      return result;
    },
    async ReceiveMessage(input, cancellation) {
      const { MaxNumberOfMessages: max, WaitTimeSeconds: waitSeconds } = input;
      checkRange("MaxNumberOfMessages", max, { min: 1, max: receiveMessagesMax });
      if (waitSeconds !== undefined) {
        checkRange("WaitTimeSeconds", waitSeconds, { min: 0, max: receiveWaitSecondsMax });
      }
      const systemNames = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
      checkSystemNames(systemNames);
      const visibilitySeconds = input.VisibilityTimeout;
      const options = { max, waitSeconds, visibilitySeconds, cancellation };
      const messages = await engine.receive(find(input.QueueUrl), options);
      const selection = {
        account,
        systemNames,
        names: input.MessageAttributeNames,
      };
      const Messages = messages.map((message) => messageView(message, selection));
      return Messages.length === 0 ? {} : { Messages };
    },
    DeleteMessage({ QueueUrl, ReceiptHandle }) {
      engine.delete(find(QueueUrl), ReceiptHandle);
      return {};
    },
    DeleteMessageBatch({ QueueUrl, Entries }) {
      const queue = find(QueueUrl);
      return runBatch(Entries, ({ Id, ReceiptHandle }) => {
        engine.delete(queue, ReceiptHandle);
        return { Id };
      });
    },
    ChangeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout }) {
      engine.changeVisibility(find(QueueUrl), ReceiptHandle, VisibilityTimeout);
      return {};
    },
    ChangeMessageVisibilityBatch({ QueueUrl, Entries }) {
      const queue = find(QueueUrl);
      return runBatch(Entries, ({ Id, ReceiptHandle, VisibilityTimeout }) => {
        engine.changeVisibility(queue, ReceiptHandle, VisibilityTimeout);
        return { Id };
      });
    },
  } satisfies Partial<Operations>;
};

const taskOperations = ({ engine }: OperationDeps) => {
  const tasks = moveTasks(engine);
  return {
    StartMessageMoveTask: (input) => tasks.start(input),
    CancelMessageMoveTask: (input) => tasks.cancel(input),
    ListMessageMoveTasks: (input) => tasks.list(input),
  } satisfies Partial<Operations>;
};

const sentView = ({ id, body, attributes, systemAttributes }: MessageContent): object => ({
  MessageId: id,
  MD5OfMessageBody: md5Of(body),
  ...(attributes !== undefined && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  ...(systemAttributes !== undefined && {
    MD5OfMessageSystemAttributes: md5OfAttributes(systemAttributes),
  }),
});

const checkRange = (
  name: string,
  value: number,
  { min, max }: { min: number; max: number },
): void => {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalidValue(
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${min} and ${max}, if provided.`,
  );
};
