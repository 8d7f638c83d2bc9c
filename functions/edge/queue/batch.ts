import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type * as z from "zod/mini";
import { sqsMessageVisibility } from "#shared/aws/platform/visibility.ts";
import type { MalformedMessages } from "#shared/delivery/delivery.ts";
import { asError } from "#shared/platform/asError.ts";
import { parseJson } from "#shared/platform/parseJson.ts";
import type { MessageVisibility } from "#shared/platform/visibility.ts";
import { logger } from "../logger.ts";

/** What became of each message: `undefined` if it may leave the queue, or why it must stay. */
type Outcomes = readonly (Error | undefined)[];

/**
 * A queue function. What is no message of ours is put aside at once; the others are run together, and those
 * that fail go back to the queue alone.
 */
export const batch =
  <Schema extends z.ZodMiniType>(
    schema: Schema,
    /** Also gets which of the messages the queue has given out before. */
    run: (messages: z.output<Schema>[], again: readonly boolean[]) => Promise<Outcomes>,
    unreadable: MalformedMessages,
    visibility: MessageVisibility = sqsMessageVisibility(),
  ) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    const read: { id: string; message: z.output<Schema>; again: boolean }[] = [];
    const strange: { id: string; body: string; error: unknown }[] = [];
    for (const { messageId: id, body, attributes } of Records) {
      const again = Number(attributes.ApproximateReceiveCount) > 1;
      const parsed = schema.safeParse(parseJson(body));
      if (parsed.success) read.push({ id, message: parsed.data, again });
      else strange.push({ id, body, error: parsed.error });
    }
    const outcomes = await run(
      read.map(({ message }) => message),
      read.map(({ again }) => again),
    ).catch(async (error: unknown) => {
      await extendVisibility(Records, visibility);
      throw error;
    });
    for (const [i, { id }] of read.entries()) {
      const error = outcomes[i];
      if (error === undefined) continue;
      logger.warn("message left in the queue", { messageId: id, error });
      failed.push(id);
    }
    // Last: a batch that fails whole comes back whole, and would be put aside each time.
    await Promise.all(
      strange.map(async ({ id, body, error }) => {
        logger.error("message put aside", { messageId: id, error });
        await unreadable.put(body).catch((why: unknown) => {
          logger.error("message not put aside", { messageId: id, error: why });
          failed.push(id);
        });
      }),
    );
    await extendVisibility(
      Records.filter(({ messageId }) => failed.includes(messageId)),
      visibility,
    );
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };

/**
 * Has messages that stay in their queue come back soon, and later each time, in place of after the queue's visibility
 * time-out, which covers a worker that dies. When this fails, that one counts.
 */
const extendVisibility = async (
  left: readonly SQSRecord[],
  visibility: MessageVisibility,
): Promise<void> => {
  const byQueue = Map.groupBy(left, ({ eventSourceARN }) => eventSourceARN);
  for (const [arn, records] of byQueue) {
    const messages = records.map(({ messageId: id, receiptHandle: receipt, attributes }) => ({
      ...{ id, receipt },
      receives: Number(attributes.ApproximateReceiveCount),
    }));
    await visibility.extendVisibility(arn, messages).catch((error: unknown) => {
      logger.warn("messages come back after the queue's time-out only", { error });
    });
  }
};

/** Runs messages side by side; each fails alone. */
export const each =
  <Message>(run: (message: Message) => Promise<void>) =>
  async (messages: Message[]): Promise<Outcomes> => {
    const settled = await Promise.allSettled(messages.map(run));
    return settled.map((result) =>
      result.status === "fulfilled" ? undefined : asError(result.reason),
    );
  };
