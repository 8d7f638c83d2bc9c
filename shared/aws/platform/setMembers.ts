import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Failure } from "../../platform/failure.ts";

interface Change {
  readonly table: string;
  readonly Key: { readonly pk: string };
  /** What to set. `undefined` members are left as they are. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Members that the row must not have. */
  readonly unless?: readonly string[];
  /** Members that the row must have with these values. */
  readonly only?: Readonly<Record<string, string>>;
  /** What is wrong when the row is not there. */
  readonly failing?: string;
}

/** Sets members of a row that is there, and has none of the members `unless` and those of `only`. Fails with `not_found`. */
export const setMembers = async (
  db: DynamoDBDocumentClient,
  { table, Key, members, unless = [], only = {}, failing = "there is none" }: Change,
): Promise<void> => {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const wanted = Object.entries(only);
  try {
    await db.send(
      new UpdateCommand({
        TableName: table,
        Key,
        UpdateExpression: `SET ${given.map((_, i) => `#${i} = :${i}`).join(", ")}`,
        ConditionExpression: [
          "attribute_exists(pk)",
          ...unless.map((name) => `attribute_not_exists(${name})`),
          ...wanted.map(([name], i) => `${name} = :only${i}`),
        ].join(" AND "),
        ExpressionAttributeNames: Object.fromEntries(given.map(([name], i) => [`#${i}`, name])),
        ExpressionAttributeValues: Object.fromEntries([
          ...given.map(([, value], i) => [`:${i}`, value]),
          ...wanted.map(([, value], i) => [`:only${i}`, value]),
        ]),
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new Failure(failing, { code: "not_found", cause });
  }
};
