import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import {
  type Healing,
  type HealingPage,
  type Healings,
  healing as schema,
} from "../../presence/recovery/healing.ts";
import { healingDays } from "../../presence/recovery/limits.ts";

const timeDigits = 15;

/** Sorts by time; the same for a repeat of the same healing. */
const sortKey = ({ at, region, device, ill }: Healing): string =>
  [String(at).padStart(timeDigits, "0"), region, device, ill].join("#");

/** Healings beside the sessions, each once for its device and once for its fleet. */
export const dynamoHealings = (
  db: DynamoDBDocumentClient,
  table: string,
  now: () => number = Date.now,
): Healings => {
  const list = async (
    pk: string,
    { limit, after }: { limit: number; after?: string },
  ): Promise<HealingPage> => {
    const { Items = [], LastEvaluatedKey } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :pk AND sk < :before",
        // DynamoDB removes what has expired some days later.
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":pk": pk,
          ":before": after ?? ":",
          ":now": Math.floor(now() / 1_000),
        },
        ScanIndexForward: false,
        Limit: limit,
      }),
    );
    const healings = Items.map((item) => schema.parse(item));
    const next = LastEvaluatedKey?.sk;
    return { healings, ...(typeof next === "string" && { next }) };
  };
  return {
    async add(healing) {
      const expiresAt = Math.floor(healing.at / 1_000) + healingDays * 86_400;
      const { device, fleet } = healing;
      const sk = sortKey(healing);
      const put = (pk: string) =>
        db.send(new PutCommand({ TableName: table, Item: { pk, sk, ...healing, expiresAt } }));
      await Promise.all([put(`healings#device#${device}`), put(`healings#fleet#${fleet}`)]);
    },
    ofDevice: (device, page) => list(`healings#device#${device}`, page),
    ofFleet: (fleet, page) => list(`healings#fleet#${fleet}`, page),
  };
};
