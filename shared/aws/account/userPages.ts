import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { user as schema } from "../../account/user.ts";
import type { UserPages } from "../../account/userPages.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";

const key = z.object({ pk: z.string() });

/** Users in the global table of accounts, among its other rows: names that users have left are not among them. */
export const dynamoUserPages = (db: DynamoDBDocumentClient, table: string): UserPages => ({
  async page({ limit, after }) {
    const { Items = [], LastEvaluatedKey } = await db.send(
      new ScanCommand({
        TableName: table,
        Limit: limit,
        ExclusiveStartKey: after === undefined ? undefined : { pk: after },
        FilterExpression:
          "begins_with(pk, :user) AND attribute_not_exists(renamedTo) AND attribute_not_exists(comesFrom) AND attribute_not_exists(removed)",
        ExpressionAttributeValues: { ":user": "user#" },
      }),
    );
    const next = LastEvaluatedKey && key.parse(LastEvaluatedKey).pk;
    return {
      users: Items.map((item) => schema.parse(item)),
      ...omitUndefined({ next }),
    };
  },
});
