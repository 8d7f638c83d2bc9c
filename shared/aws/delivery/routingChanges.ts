import * as z from "zod/mini";
import { routingShards } from "../../integration/model/limits.ts";
import { type RoutingChanges, routingShardOf } from "../../integration/model/routingChanges.ts";
import type { Tables } from "../call/tables.ts";

/** A row for each region, which only that region writes, with a counter for each shard. */
const partition = "changes";
const row = z.looseObject({ sk: z.string() });
const counterOf = (shard: number): string => `s${shard}`;

/** Reads the counters of all regions in the global table of integrations, in one query. */
export const dynamoRoutingChanges = (db: Tables, table: string): RoutingChanges => ({
  async read() {
    const { Items = [] } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :changes",
      ExpressionAttributeValues: { ":changes": partition },
      ConsistentRead: true,
    });
    const rows = Items.map((item) => row.parse(item));
    return Array.from({ length: routingShards }, (_, shard) =>
      rows
        .map(({ sk: region, ...counters }) => ({ region, count: counters[counterOf(shard)] }))
        .flatMap(({ region, count }) => (count === undefined ? [] : `${region}:${count}`))
        .join(),
    );
  },
});

/**
 * Counts a change of a fleet's rows in this region. Call it after the change is stored: a worker
 * that sees the new counter then reads the new rows.
 */
export const countRoutingChange = async (
  db: Tables,
  table: string,
  fleet: string,
): Promise<void> => {
  await db.update({
    TableName: table,
    Key: { pk: partition, sk: db.region },
    UpdateExpression: "ADD #counter :one",
    ExpressionAttributeNames: { "#counter": counterOf(routingShardOf(fleet)) },
    ExpressionAttributeValues: { ":one": 1 },
  });
};
