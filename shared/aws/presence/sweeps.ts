import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { Sweeps } from "../../presence/session.ts";

const row = z.object({ roundAt: z.int(), after: z.optional(z.string()) });

/**
 * Positions of sweeps in the table of sessions: a row for each region, which only that region
 * writes.
 */
export const dynamoSweeps = (db: DynamoDBDocumentClient, table: string, region: string): Sweeps => {
  const Key = { pk: "sweep", sk: region };
  return {
    async find() {
      const get = new GetCommand({ TableName: table, Key, ConsistentRead: true });
      const { Item } = await db.send(get);
      return Item && row.parse(Item);
    },
    async put(place) {
      await db.send(new PutCommand({ TableName: table, Item: { ...Key, ...place } }));
    },
  };
};
