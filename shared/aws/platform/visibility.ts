import { visibilityTimeoutSecondsMax, visibilityTimeoutSecondsMin } from "../../platform/limits.ts";
import { queueBatchMax } from "../../platform/quotas.ts";
import type { FailedMessage, MessageVisibility } from "../../platform/visibility.ts";
import { openQueueClient } from "../call/sqs.ts";
import { failFast } from "./clients.ts";

/**
 * The visibility timeout of a message that was not processed. It doubles with each receive, up to a
 * maximum.
 */
export const visibilityTimeoutSeconds = ({ receives }: Pick<FailedMessage, "receives">): number =>
  Math.min(
    visibilityTimeoutSecondsMax,
    visibilityTimeoutSecondsMin * 2 ** Math.min(20, Math.max(0, receives - 1)),
  );

/**
 * Converts a queue ARN to the URL of the queue. The client uses its own endpoint, which differs on
 * one machine.
 */
const urlOf = (arn: string): string => {
  const [, partition, , region, account, name] = arn.split(":");
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://sqs.${region}.${domain}/${account}/${name}`;
};

/** Message visibility for the queues of this region, with one request per ten messages. */
export const sqsMessageVisibility = (): MessageVisibility => {
  const sqs = openQueueClient(failFast);
  return {
    async extendVisibility(queueArn, messages) {
      for (let i = 0; i < messages.length; i += queueBatchMax) {
        const Entries = messages.slice(i, i + queueBatchMax).map((message, n) => ({
          Id: String(n),
          ReceiptHandle: message.receipt,
          VisibilityTimeout: visibilityTimeoutSeconds(message),
        }));
        const [refused] = await sqs.changeVisibilityBatch(urlOf(queueArn), Entries);
        if (refused !== undefined) throw new Error(`${refused.Code}: ${refused.Message}`);
      }
    },
  };
};
