import * as z from "zod/mini";
import type { Epochs } from "../../presence/session.ts";
import { ConditionFailed, type Tables } from "../call/tables.ts";

const row = z.object({ begun: z.int() });

/** Epochs in the table of sessions: a row for each region, which only that region writes. */
export const dynamoEpochs = (db: Tables, table: string, region: string): Epochs => {
  const Key = { pk: "epoch", sk: region };
  return {
    async find() {
      const { Item } = await db.get({ TableName: table, Key });
      return Item && row.parse(Item).begun;
    },

    async begin(now) {
      try {
        await db.put({
          TableName: table,
          Item: { ...Key, begun: now },
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        });
        return now;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        // Another worker has written it first.
        return row.parse(error.item).begun;
      }
    },
  };
};
