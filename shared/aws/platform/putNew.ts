import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { Failure } from "../../platform/failure.ts";

interface NewItem {
  readonly table: string;
  readonly Item: Record<string, unknown>;
  /** What there is already when it fails: `a user ada`. */
  readonly what: string;
  /** What must hold, if it is another thing than that nothing is there. */
  readonly condition?: {
    readonly expression: string;
    readonly values?: Readonly<Record<string, unknown>>;
  };
}

/** Writes a row where there is none. Fails with `already_exists`. */
export const putNew = async (
  db: DynamoDBDocumentClient,
  { table, Item, what, condition }: NewItem,
): Promise<void> => {
  try {
    await db.send(
      new PutCommand({
        TableName: table,
        Item,
        ConditionExpression: condition?.expression ?? "attribute_not_exists(pk)",
        ExpressionAttributeValues: condition?.values,
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new Failure(`there is ${what} already`, { code: "already_exists", cause });
  }
};
