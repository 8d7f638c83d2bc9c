import { ChangeMessageVisibilityBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { visibilityTimeoutSecondsMax, visibilityTimeoutSecondsMin } from "../../platform/limits.ts";
import { queueBatchMax } from "../../platform/quotas.ts";
import type { FailedMessage, MessageVisibility } from "../../platform/visibility.ts";
import { failFast } from "./clients.ts";

/**
 * How long a message that was left in its queue stays hidden: twice as long after each receipt, up
 * to a maximum.
 */
export const visibilityTimeoutSeconds = ({ receives }: Pick<FailedMessage, "receives">): number =>
  Math.min(
    visibilityTimeoutSecondsMax,
    visibilityTimeoutSecondsMin * 2 ** Math.min(20, Math.max(0, receives - 1)),
  );

/**
 * Of a queue's ARN, as SQS calls it. The client's own endpoint is asked: on one machine it is
 * another one.
 */
const urlOf = (arn: string): string => {
  const [, partition, , region, account, name] = arn.split(":");
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://sqs.${region}.${domain}/${account}/${name}`;
};

/** The queues of this region: one request for ten messages. */
export const sqsMessageVisibility = (): MessageVisibility => {
  const sqs = new SQSClient({ ...failFast, useQueueUrlAsEndpoint: false });
  return {
    async extendVisibility(queueArn, messages) {
      for (let i = 0; i < messages.length; i += queueBatchMax) {
        const Entries = messages.slice(i, i + queueBatchMax).map((message, n) => ({
          Id: String(n),
          ReceiptHandle: message.receipt,
          VisibilityTimeout: visibilityTimeoutSeconds(message),
        }));
        const change = { QueueUrl: urlOf(queueArn), Entries };
        const { Failed = [] } = await sqs.send(new ChangeMessageVisibilityBatchCommand(change));
        if (Failed.length > 0) throw new Error(`${Failed[0]?.Code}: ${Failed[0]?.Message}`);
      }
    },
  };
};
