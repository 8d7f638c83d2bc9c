import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import { secondFactor } from "../../account/mfa/secondFactor.ts";
import type { SecondFactors } from "../../account/mfa/secondFactors.ts";
import { conditionHolds } from "../platform/conditionHolds.ts";
import { putNew } from "../platform/putNew.ts";

const keyOf = (fleet: string) => ({ pk: `mfa#${fleet}` });

/** Second factors in the table of accounts. */
export const dynamoSecondFactors = (db: DynamoDBDocumentClient, table: string): SecondFactors => ({
  async find(fleet) {
    const get = new GetCommand({ TableName: table, Key: keyOf(fleet), ConsistentRead: true });
    const { Item } = await db.send(get);
    return Item && secondFactor.parse(Item);
  },

  async add(factor) {
    await putNew(db, {
      table,
      Item: { ...keyOf(factor.fleet), ...factor },
      what: "a second factor",
    });
  },

  async replace(factor) {
    return conditionHolds(
      db.send(
        new PutCommand({
          TableName: table,
          Item: { ...keyOf(factor.fleet), ...factor },
          ConditionExpression: "version = :before",
          ExpressionAttributeValues: { ":before": factor.version - 1 },
        }),
      ),
    );
  },

  async remove(fleet) {
    const remove = new DeleteCommand({
      TableName: table,
      Key: keyOf(fleet),
      ReturnValues: "ALL_OLD",
    });
    return (await db.send(remove)).Attributes !== undefined;
  },
});
