import { setTimeout as wait } from "node:timers/promises";
import { BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItemsMax = 25;

/** How often what DynamoDB left out of a batch is tried again, and after what wait, twice as long each time. */
const triesMax = 4;
const retryMs = 50;

const key = z.object({ pk: z.string(), sk: z.string() });

type Key = z.output<typeof key>;

/** Removes rows from a table. Those that are not there count as removed. Fails unless all are. */
export const removeRows = async (
  db: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
): Promise<void> => {
  const batches: Promise<void>[] = [];
  for (let from = 0; from < keys.length; from += batchItemsMax) {
    batches.push(removeBatch(db, table, keys.slice(from, from + batchItemsMax)));
  }
  await Promise.all(batches);
};

const removeBatch = async (
  db: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
): Promise<void> => {
  let left = keys;
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (tries > 0) await wait(retryMs * 2 ** tries);
    const { UnprocessedItems } = await db.send(
      new BatchWriteCommand({
        RequestItems: { [table]: left.map((Key) => ({ DeleteRequest: { Key } })) },
      }),
    );
    const unprocessed = UnprocessedItems?.[table] ?? [];
    left = unprocessed.flatMap(({ DeleteRequest }) =>
      DeleteRequest === undefined ? [] : [key.parse(DeleteRequest.Key)],
    );
    if (left.length === 0) return;
  }
  throw new Error(`the table did not remove ${left.length} rows`);
};
