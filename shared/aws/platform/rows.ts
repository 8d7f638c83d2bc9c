import { setTimeout as wait } from "node:timers/promises";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";

/** Waits for a conditional write. Resolves to whether its condition held. */
export const isConditionMet = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

interface Change {
  readonly table: string;
  readonly Key: { readonly pk: string };
  /** What to set. `undefined` members are left as they are. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Members that the row must not have. */
  readonly unless?: readonly string[];
  /** Members that the row must have with these values. */
  readonly only?: Readonly<Record<string, string>>;
  /** What is wrong when the row is not there. */
  readonly failing?: string;
}

/**
 * Sets members of a row that is there, and has none of the members `unless` and those of `only`.
 * Fails with `not_found`.
 */
export const updateAttributes = async (
  db: DynamoDBDocumentClient,
  { table, Key, members, unless = [], only = {}, failing = "there is none" }: Change,
): Promise<void> => {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const wanted = Object.entries(only);
  try {
    await db.send(
      new UpdateCommand({
        TableName: table,
        Key,
        UpdateExpression: `SET ${given.map((_, i) => `#${i} = :${i}`).join(", ")}`,
        ConditionExpression: [
          "attribute_exists(pk)",
          ...unless.map((name) => `attribute_not_exists(${name})`),
          ...wanted.map(([name], i) => `${name} = :only${i}`),
        ].join(" AND "),
        ExpressionAttributeNames: Object.fromEntries(given.map(([name], i) => [`#${i}`, name])),
        ExpressionAttributeValues: Object.fromEntries([
          ...given.map(([, value], i) => [`:${i}`, value]),
          ...wanted.map(([, value], i) => [`:only${i}`, value]),
        ]),
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new Failure(failing, { code: "not_found", cause });
  }
};

interface NewItem {
  readonly table: string;
  readonly Item: Record<string, unknown>;
  /** What there is already when it fails: `a user ada`. */
  readonly what: string;
  /** What must hold, if it is another thing than that nothing is there. */
  readonly condition?: {
    readonly expression: string;
    readonly values?: Readonly<Record<string, unknown>>;
  };
}

/** Writes a row where there is none. Fails with `already_exists`. */
export const putIfAbsent = async (
  db: DynamoDBDocumentClient,
  { table, Item, what, condition }: NewItem,
): Promise<void> => {
  try {
    await db.send(
      new PutCommand({
        TableName: table,
        Item,
        ConditionExpression: condition?.expression ?? "attribute_not_exists(pk)",
        ExpressionAttributeValues: condition?.values,
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new Failure(`there is ${what} already`, { code: "already_exists", cause });
  }
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItemsMax = 25;

/**
 * How often what DynamoDB left out of a batch is tried again, and after what wait, twice as long
 * each time.
 */
const triesMax = 4;
const retryMs = 50;

const key = z.object({ pk: z.string(), sk: z.string() });

type Key = z.output<typeof key>;

/** Removes rows from a table. Those that are not there count as removed. Fails unless all are. */
export const deleteRows = async (
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

/** Members of a row that ends: in milliseconds for us, in seconds for the table's time to live. */
export const expiryAttributes = (expiresAt: number | undefined) =>
  expiresAt === undefined
    ? {}
    : { expiresAtMs: expiresAt, expiresAt: Math.ceil(expiresAt / 1_000) };

/** A time in milliseconds since 1970 in digits enough for any, so that keys sort by time. */
export const sortableTime = (ms: number): string => String(ms).padStart(15, "0");
