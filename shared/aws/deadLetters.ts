import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { deadLetter as schema } from "../integration/deadLetter.ts";
import { deadLetterDays } from "../limits.ts";
import type { DeadLetters } from "../ports.ts";

const daySeconds = 86_400;

/** Digits enough for any time in milliseconds, so that rows sort by time. */
const sortable = (ms: number): string => String(ms).padStart(15, "0");

/** Dead letters in a DynamoDB global table, by integration and time. Kept `deadLetterDays`. */
export const dynamoDeadLetters = (
  db: DynamoDBDocumentClient,
  table: string,
  now: () => number,
): DeadLetters => ({
  async bury(deadLetter) {
    const { delivery, buriedAt } = deadLetter;
    await db.send(
      new PutCommand({
        TableName: table,
        Item: {
          pk: `integration#${delivery.integration}`,
          sk: `${sortable(buriedAt)}#${delivery.id}`,
          letter: deadLetter,
          expiresAt: Math.ceil(buriedAt / 1_000) + deadLetterDays * daySeconds,
        },
      }),
    );
  },

  async list(integration, { limit, after }) {
    const { Items = [], LastEvaluatedKey } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :integration AND sk < :before",
        // The table's time to live removes rows late: what is expired is left out here.
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":integration": `integration#${integration}`,
          ":before": after ?? "9".repeat(16),
          ":now": Math.floor(now() / 1_000),
        },
        ScanIndexForward: false,
        Limit: limit,
      }),
    );
    const next = LastEvaluatedKey?.sk;
    return {
      deadLetters: Items.map(({ letter }) => schema.parse(letter)),
      ...(typeof next === "string" && { next }),
    };
  },
});
