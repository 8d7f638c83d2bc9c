import * as z from "zod/mini";
import type { Heartbeats } from "../../paging/heartbeats.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const row = z.object({ sk: z.string(), at: z.number() });

const partition = (by: string): string => `heartbeats#${by}`;

/** Heartbeats in the table of operations: a row for each pair, which only the receiver writes. */
export const dynamoHeartbeats = (db: Tables, TableName: string): Heartbeats => ({
  async record({ from, by, at }) {
    await isConditionMet(
      db.put({
        TableName,
        Item: { pk: partition(by), sk: from, at },
        ConditionExpression: "attribute_not_exists(pk) OR #at < :at",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":at": at },
      }),
    );
  },

  async list(by) {
    const { Items } = await db.query({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": partition(by) },
    });
    return Items.map((item) => {
      const { sk: from, at } = row.parse(item);
      return { from, by, at };
    });
  },
});
