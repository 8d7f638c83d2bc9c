import * as z from "zod";

const answer = z
  .object({
    batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
  })
  .nullable();

/**
 * The messages of a batch that a function handled, according to its ReportBatchItemFailures
 * response.
 *
 * - An empty response or an empty list: all messages.
 * - An unreadable response, or an id that is not in the batch: none, the whole batch failed.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export const handledIds = (payload: string, ids: readonly string[]): readonly string[] => {
  const parsed = answer.safeParse(readJson(payload));
  if (!parsed.success) return [];
  const failed = new Set(parsed.data?.batchItemFailures?.map((each) => each.itemIdentifier));
  const isKnown = [...failed].every((id) => ids.includes(id));
  return isKnown ? ids.filter((id) => !failed.has(id)) : [];
};

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Text that is not JSON fails the whole batch.
    return undefined;
  }
};
