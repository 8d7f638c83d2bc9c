import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { type SelfTests, selfTest } from "../../paging/selfTest.ts";
import { ConditionFailed, type Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const row = z.object({ test: selfTest });
const keyRow = z.object({ key: z.string() });

const keyOf = (region: string) => ({ pk: "selftests", sk: region });
const signingKey = { pk: "keys", sk: "acknowledge" };

/** Self-tests in the table of operations: a row for each region, and one for the key. */
export const dynamoSelfTests = (db: Tables, TableName: string): SelfTests => ({
  async latest(region) {
    const { Item } = await db.get({ TableName, Key: keyOf(region) });
    return Item && row.parse(Item).test;
  },

  begin: (test, former) =>
    isConditionMet(
      db.put({
        TableName,
        Item: { ...keyOf(test.region), test },
        ...(former === undefined
          ? { ConditionExpression: "attribute_not_exists(pk)" }
          : {
              ConditionExpression: "test.id = :former AND test.#at = :at",
              ExpressionAttributeNames: { "#at": "at" },
              ExpressionAttributeValues: { ":former": former.id, ":at": former.at },
            }),
      }),
    ),

  acknowledge: (region, id, way, at) =>
    isConditionMet(
      db.update({
        TableName,
        Key: keyOf(region),
        UpdateExpression: "SET test.acknowledged.#way = if_not_exists(test.acknowledged.#way, :at)",
        ConditionExpression: "test.id = :id",
        ExpressionAttributeNames: { "#way": way },
        ExpressionAttributeValues: { ":at": at, ":id": id },
      }),
    ),

  async key() {
    const { Item } = await db.get({ TableName, Key: signingKey });
    if (Item !== undefined) return keyRow.parse(Item).key;
    const key = randomBytes(32).toString("base64url");
    try {
      await db.put({
        TableName,
        Item: { ...signingKey, key },
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      return key;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return keyRow.parse(error.item).key;
    }
  },
});
