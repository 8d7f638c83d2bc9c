import { createHash } from "node:crypto";
import * as z from "zod/mini";
import type { Waiting, WaitingDeliveries } from "../../delivery/delivery.ts";
import { waitingShards } from "../../delivery/limits.ts";
import type { Tables } from "../call/tables.ts";
import { deleteRows, sortableTime } from "../platform/rows.ts";

const row = z.object({ sk: z.string(), delivery: z.string() });

const pkOf = (shard: number): string => `shard#${shard}`;

const shardOf = (id: string): number =>
  createHash("sha256").update(id).digest().readUInt32BE() % waitingShards;

/**
 * Stores waiting deliveries in a table of this region, by shard and time. Rows never expire: a late
 * delivery is found after any outage.
 */
export const dynamoWaitingDeliveries = (db: Tables, table: string): WaitingDeliveries => {
  return {
    async keep(delivery) {
      const { id, notBefore } = delivery;
      await db.put({
        TableName: table,
        Item: {
          pk: pkOf(shardOf(id)),
          sk: `${sortableTime(Math.ceil(notBefore))}#${id}`,
          delivery: JSON.stringify(delivery),
        },
      });
    },

    async due(shard, { before, limit, after }) {
      const pk = pkOf(shard);
      const { Items = [], LastEvaluatedKey } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :shard AND sk < :before",
        ExpressionAttributeValues: { ":shard": pk, ":before": sortableTime(Math.ceil(before)) },
        // Strongly consistent: rows that the previous run removed must not be returned.
        ConsistentRead: true,
        Limit: limit,
        ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
      });
      const next = LastEvaluatedKey?.sk;
      const waiting = Items.map((item): Waiting => {
        const { sk, delivery } = row.parse(item);
        return { key: sk, body: delivery };
      });
      return { waiting, ...(typeof next === "string" && { next }) };
    },

    remove: (shard, keys) =>
      deleteRows(
        db,
        table,
        keys.map((sk) => ({ pk: pkOf(shard), sk })),
      ),
  };
};
