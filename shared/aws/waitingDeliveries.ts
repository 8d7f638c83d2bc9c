import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { waitingShards } from "../limits.ts";
import type { Waiting, WaitingDeliveries } from "../ports.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItemsMax = 25;

/** How often what DynamoDB left out of a batch is tried again, and after what wait, twice as long each time. */
const triesMax = 4;
const retryMs = 50;

const row = z.object({ sk: z.string(), delivery: z.string() });

const pkOf = (shard: number): string => `shard#${shard}`;

/** Digits enough for any time in milliseconds, so that rows sort by time. */
const sortable = (ms: number): string => String(Math.ceil(ms)).padStart(15, "0");

const shardOf = (id: string): number =>
  createHash("sha256").update(id).digest().readUInt32BE() % waitingShards;

/**
 * Waiting deliveries in a table of this region, by shard and time. Nothing expires: what is late is still
 * found, however long nobody looked.
 */
export const dynamoWaitingDeliveries = (
  db: DynamoDBDocumentClient,
  table: string,
): WaitingDeliveries => {
  const removeBatch = async (pk: string, keys: readonly string[]): Promise<void> => {
    let left = keys.map((sk) => ({ DeleteRequest: { Key: { pk, sk } } }));
    for (let tries = 0; tries < triesMax; tries += 1) {
      if (tries > 0) await wait(retryMs * 2 ** tries);
      const { UnprocessedItems } = await db.send(
        new BatchWriteCommand({ RequestItems: { [table]: left } }),
      );
      const unprocessed = UnprocessedItems?.[table] ?? [];
      left = unprocessed.flatMap(({ DeleteRequest }) =>
        DeleteRequest === undefined
          ? []
          : [{ DeleteRequest: { Key: { pk, sk: String(DeleteRequest.Key?.sk) } } }],
      );
      if (left.length === 0) return;
    }
    throw new Error(`the table did not remove ${left.length} deliveries`);
  };
  return {
    async keep(delivery) {
      const { id, notBefore } = delivery;
      await db.send(
        new PutCommand({
          TableName: table,
          Item: {
            pk: pkOf(shardOf(id)),
            sk: `${sortable(notBefore)}#${id}`,
            delivery: JSON.stringify(delivery),
          },
        }),
      );
    },

    async due(shard, { before, limit, after }) {
      const pk = pkOf(shard);
      const { Items = [], LastEvaluatedKey } = await db.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :shard AND sk < :before",
          ExpressionAttributeValues: { ":shard": pk, ":before": sortable(before) },
          // What the run before has removed must not be seen again.
          ConsistentRead: true,
          Limit: limit,
          ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
        }),
      );
      const next = LastEvaluatedKey?.sk;
      const waiting = Items.map((item): Waiting => {
        const { sk, delivery } = row.parse(item);
        return { key: sk, body: delivery };
      });
      return { waiting, ...(typeof next === "string" && { next }) };
    },

    async remove(shard, keys) {
      const batches: Promise<void>[] = [];
      for (let from = 0; from < keys.length; from += batchItemsMax) {
        batches.push(removeBatch(pkOf(shard), keys.slice(from, from + batchItemsMax)));
      }
      await Promise.all(batches);
    },
  };
};
