import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type * as z from "zod/mini";
import { sqsMessageVisibility } from "#shared/aws/platform/visibility.ts";
import type { MalformedMessages } from "#shared/delivery/delivery.ts";
import { asError } from "#shared/platform/asError.ts";
import { parseJson } from "#shared/platform/parseJson.ts";
import type { MessageVisibility } from "#shared/platform/visibility.ts";
import { logger } from "../logger.ts";

/**
 * The result of each message: `undefined` if it may leave the queue, or the error for which it must
 * stay.
 */
type Outcomes = readonly (Error | undefined)[];

/**
 * The handler of a queue function. Malformed messages go to the dead-letter queue. The other
 * messages are processed together, and only failed ones are reported to SQS (partial batch
 * response).
 */
export const batch =
  <Schema extends z.ZodMiniType>(
    schema: Schema,
    /** `isRedelivered` has an element for each message. */
    run: (messages: z.output<Schema>[], isRedelivered: readonly boolean[]) => Promise<Outcomes>,
    malformedMessages: MalformedMessages,
    visibility: MessageVisibility = sqsMessageVisibility(),
  ) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    const parsed: { id: string; message: z.output<Schema>; isRedelivered: boolean }[] = [];
    const malformed: { id: string; body: string; error: unknown }[] = [];
    for (const { messageId: id, body, attributes } of Records) {
      const isRedelivered = Number(attributes.ApproximateReceiveCount) > 1;
      const result = schema.safeParse(parseJson(body));
      if (result.success) parsed.push({ id, message: result.data, isRedelivered });
      else malformed.push({ id, body, error: result.error });
    }
    const outcomes = await run(
      parsed.map(({ message }) => message),
      parsed.map(({ isRedelivered }) => isRedelivered),
    ).catch(async (error: unknown) => {
      await extendVisibility(Records, visibility);
      throw error;
    });
    for (const [i, { id }] of parsed.entries()) {
      const error = outcomes[i];
      if (error === undefined) continue;
      logger.warn("message left in the queue", { messageId: id, error });
      failed.push(id);
    }
    // Last: if `run` fails, the whole batch is redelivered, and malformed messages would be sent
    // each time.
    await Promise.all(
      malformed.map(async ({ id, body, error }) => {
        logger.error("malformed message sent to the dead-letter queue", { messageId: id, error });
        await malformedMessages.put(body).catch((cause: unknown) => {
          logger.error("malformed message not sent to the dead-letter queue", {
            messageId: id,
            error: cause,
          });
          failed.push(id);
        });
      }),
    );
    if (failed.length > 0) {
      await extendVisibility(
        Records.filter(({ messageId }) => failed.includes(messageId)),
        visibility,
      );
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };

/**
 * Sets the visibility timeout of failed messages, so that they are redelivered with exponential
 * backoff. The queue's own timeout, which covers dead workers, is longer; it applies if the call
 * fails.
 */
export const extendVisibility = async (
  left: readonly SQSRecord[],
  visibility: MessageVisibility = sqsMessageVisibility(),
): Promise<void> => {
  const byQueue = Map.groupBy(left, ({ eventSourceARN }) => eventSourceARN);
  for (const [arn, records] of byQueue) {
    const messages = records.map(({ messageId: id, receiptHandle: receipt, attributes }) => ({
      ...{ id, receipt },
      receives: Number(attributes.ApproximateReceiveCount),
    }));
    await visibility.extendVisibility(arn, messages).catch((error: unknown) => {
      logger.warn("visibility timeout not changed", { error });
    });
  }
};

/** Processes messages concurrently. Each fails on its own. */
export const each =
  <Message>(run: (message: Message) => Promise<void>) =>
  async (messages: Message[]): Promise<Outcomes> => {
    const settled = await Promise.allSettled(messages.map(run));
    return settled.map((result) =>
      result.status === "fulfilled" ? undefined : asError(result.reason),
    );
  };
