import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { type DeadLetter, deadLetter as schema } from "../integration/deadLetter.ts";
import { deadLetterDays } from "../limits.ts";
import type { DeadLetters } from "../ports.ts";
import { removeRows } from "./removeRows.ts";
import { sortable } from "./sortable.ts";

const daySeconds = 86_400;

const keyOf = ({ delivery, buriedAt }: DeadLetter) => ({
  pk: `integration#${delivery.integration}`,
  sk: `${sortable(buriedAt)}#${delivery.id}`,
});

/** Dead letters in a DynamoDB global table, by integration and time. Kept `deadLetterDays`. */
export const dynamoDeadLetters = (
  db: DynamoDBDocumentClient,
  table: string,
  now: () => number,
): DeadLetters => ({
  async bury(deadLetter) {
    await db.send(
      new PutCommand({
        TableName: table,
        Item: {
          ...keyOf(deadLetter),
          letter: deadLetter,
          expiresAt: Math.ceil(deadLetter.buriedAt / 1_000) + deadLetterDays * daySeconds,
        },
      }),
    );
  },

  async list(integration, { limit, after, order = "newest first", from = 0, before }) {
    const pk = `integration#${integration}`;
    const { Items = [], LastEvaluatedKey } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :integration AND sk BETWEEN :from AND :before",
        // The table's time to live removes rows late: what is expired is left out here.
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":integration": pk,
          ":from": sortable(from),
          // No row's key is as short as a time alone.
          ":before": before === undefined ? "9".repeat(16) : sortable(before),
          ":now": Math.floor(now() / 1_000),
        },
        ScanIndexForward: order === "oldest first",
        ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
        Limit: limit,
      }),
    );
    const next = LastEvaluatedKey?.sk;
    return {
      deadLetters: Items.map(({ letter }) => schema.parse(letter)),
      ...(typeof next === "string" && { next }),
    };
  },

  remove: (deadLetters) => removeRows(db, table, deadLetters.map(keyOf)),
});
