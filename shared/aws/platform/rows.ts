import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { ConditionFailed, type Item, type Tables } from "../call/tables.ts";

/** Waits for a conditional write and returns whether its condition was met. */
export const isConditionMet = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
};

interface Change {
  readonly table: string;
  readonly Key: { readonly pk: string };
  /** The attributes to set. `undefined` values are ignored. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Attributes that the row must not have. */
  readonly unless?: readonly string[];
  /** Attributes that the row must have with these values. */
  readonly only?: Readonly<Record<string, string>>;
  /** The error message if the condition is not met. */
  readonly failing?: string;
}

/**
 * Sets attributes of an existing row, if it has none of the attributes `unless` and all values of
 * `only`. Fails with `not_found`.
 */
export const updateAttributes = async (
  db: Tables,
  { table, Key, members, unless = [], only = {}, failing = "there is none" }: Change,
): Promise<void> => {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const wanted = Object.entries(only);
  try {
    await db.update({
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
    });
  } catch (cause) {
    if (!(cause instanceof ConditionFailed)) throw cause;
    throw new Failure(failing, { code: "not_found", cause });
  }
};

interface NewItem {
  readonly table: string;
  readonly Item: Record<string, unknown>;
  /** Describes the existing item in the error message: `a user ada`. */
  readonly what: string;
  /** The condition of the write, if it is not that the item is absent. */
  readonly condition?: {
    readonly expression: string;
    readonly values?: Readonly<Record<string, unknown>>;
  };
}

/** Writes a row if there is none. Fails with `already_exists`. */
export const putIfAbsent = async (
  db: Tables,
  { table, Item, what, condition }: NewItem,
): Promise<void> => {
  try {
    await db.put({
      TableName: table,
      Item,
      ConditionExpression: condition?.expression ?? "attribute_not_exists(pk)",
      ExpressionAttributeValues: condition?.values,
    });
  } catch (cause) {
    if (!(cause instanceof ConditionFailed)) throw cause;
    throw new Failure(`there is ${what} already`, { code: "already_exists", cause });
  }
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const batchKeysMax = 100;
/** Concurrent requests of one read, and attempts to read keys that DynamoDB left unprocessed. */
const batchesAtOnceMax = 8;
const batchTriesMax = 5;

/**
 * Reads rows by their keys, in any order; missing rows are left out. Eventually consistent. Fails
 * unless all keys are read.
 */
export const readRows = async (
  db: Tables,
  table: string,
  keys: readonly Key[],
): Promise<Item[]> => {
  const batches: (readonly Key[])[] = [];
  for (let from = 0; from < keys.length; from += batchKeysMax) {
    batches.push(keys.slice(from, from + batchKeysMax));
  }
  const found = await mapConcurrently(batches, batchesAtOnceMax, (batch) =>
    readBatch(db, table, batch),
  );
  return found.flat();
};

const readBatch = async (db: Tables, table: string, keys: readonly Key[]): Promise<Item[]> => {
  const found: Item[] = [];
  let left: readonly object[] = keys;
  for (let tries = 0; tries < batchTriesMax; tries += 1) {
    if (tries > 0) await wait(retryMs * 2 ** tries);
    const { Responses, UnprocessedKeys } = await db.batchGet({
      RequestItems: { [table]: { Keys: left } },
    });
    found.push(...(Responses[table] ?? []));
    left = UnprocessedKeys[table]?.Keys ?? [];
    if (left.length === 0) return found;
  }
  throw new Error(`DynamoDB left ${left.length} rows unprocessed in every attempt`);
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItemsMax = 25;

/**
 * Maximum number of attempts for unprocessed items of a batch, and the first wait, which doubles
 * each time.
 */
const triesMax = 4;
const retryMs = 50;

const key = z.object({ pk: z.string(), sk: z.string() });

type Key = z.output<typeof key>;

/** Deletes rows from a table. Missing rows count as deleted. Fails unless all are deleted. */
export const deleteRows = async (
  db: Tables,
  table: string,
  keys: readonly Key[],
): Promise<void> => {
  const batches: Promise<void>[] = [];
  for (let from = 0; from < keys.length; from += batchItemsMax) {
    batches.push(removeBatch(db, table, keys.slice(from, from + batchItemsMax)));
  }
  await Promise.all(batches);
};

const removeBatch = async (db: Tables, table: string, keys: readonly Key[]): Promise<void> => {
  let left = keys;
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (tries > 0) await wait(retryMs * 2 ** tries);
    const { UnprocessedItems } = await db.batchWrite({
      RequestItems: { [table]: left.map((Key) => ({ DeleteRequest: { Key } })) },
    });
    const unprocessed = UnprocessedItems?.[table] ?? [];
    left = unprocessed.flatMap(({ DeleteRequest }) =>
      DeleteRequest === undefined ? [] : [key.parse(DeleteRequest.Key)],
    );
    if (left.length === 0) return;
  }
  throw new Error(`${left.length} rows were not deleted`);
};

/** Writes rows, whatever they replace. Fails unless all are written. */
export const writeRows = async (
  db: Tables,
  table: string,
  items: readonly Item[],
): Promise<void> => {
  const batches: (readonly Item[])[] = [];
  for (let from = 0; from < items.length; from += batchItemsMax) {
    batches.push(items.slice(from, from + batchItemsMax));
  }
  await mapConcurrently(batches, batchesAtOnceMax, (batch) => putBatch(db, table, batch));
};

const putBatch = async (db: Tables, table: string, items: readonly Item[]): Promise<void> => {
  let left = items;
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (tries > 0) await wait(retryMs * 2 ** tries);
    const { UnprocessedItems } = await db.batchWrite({
      RequestItems: { [table]: left.map((Item) => ({ PutRequest: { Item } })) },
    });
    const unprocessed = UnprocessedItems[table] ?? [];
    left = unprocessed.flatMap(({ PutRequest }) =>
      PutRequest === undefined ? [] : [PutRequest.Item],
    );
    if (left.length === 0) return;
  }
  throw new Error(`${left.length} rows were not written`);
};

/**
 * Expiry attributes of a row: in milliseconds for the code, and in seconds for the table's time to
 * live.
 */
export const expiryAttributes = (expiresAt: number | undefined) =>
  expiresAt === undefined
    ? {}
    : { expiresAtMs: expiresAt, expiresAt: Math.ceil(expiresAt / 1_000) };

/** Formats a time in milliseconds since 1970 with 15 digits, so that keys sort by time. */
export const sortableTime = (ms: number): string => String(ms).padStart(15, "0");
