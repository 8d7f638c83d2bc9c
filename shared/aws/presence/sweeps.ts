import * as z from "zod/mini";
import type { Sweeps } from "../../presence/session.ts";
import type { GetInput, Tables } from "../call/tables.ts";

const row = z.object({ roundAt: z.int(), after: z.optional(z.string()) });

/**
 * Positions of sweeps in the table of sessions: a row for each region, which only that region
 * writes.
 */
export const dynamoSweeps = (db: Tables, table: string, region: string): Sweeps => {
  const Key = { pk: "sweep", sk: region };
  return {
    async find() {
      const get: GetInput = { TableName: table, Key, ConsistentRead: true };
      const { Item } = await db.get(get);
      return Item && row.parse(Item);
    },
    async put(place) {
      await db.put({ TableName: table, Item: { ...Key, ...place } });
    },
  };
};
