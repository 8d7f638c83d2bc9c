import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { Epochs } from "../../presence/session.ts";

const row = z.object({ begun: z.int() });

/** Epochs in the table of sessions: a row for each region, which only that region writes. */
export const dynamoEpochs = (db: DynamoDBDocumentClient, table: string, region: string): Epochs => {
  const Key = { pk: "epoch", sk: region };
  const read = async (ConsistentRead: boolean): Promise<number | undefined> => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead }));
    return Item && row.parse(Item).begun;
  };
  return {
    find: () => read(false),

    async begin(now) {
      try {
        await db.send(
          new PutCommand({
            TableName: table,
            Item: { ...Key, begun: now },
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        );
        return now;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Another worker has written it first.
        return (await read(true)) ?? now;
      }
    },
  };
};
