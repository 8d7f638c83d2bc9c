import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { trouble as schema, type Trouble, type Troubles } from "../../resilience/trouble.ts";
import { conditionHolds } from "../platform/conditionHolds.ts";

const prefixOf = (region: string): string => `trouble#${region}#`;

/** Beside the fleet's integrations, which workers read anyway. Each region has rows of its own, which only it writes. */
export const troubleKey = (fleet: string, region: string, integration: string) => ({
  pk: `fleet#${fleet}`,
  sk: `${prefixOf(region)}${integration}`,
});

/**
 * What a row says of an integration in trouble; `undefined` when it is another region's, or cannot be read: no event
 * is to wait for that.
 */
export const troubleOf = (row: Record<string, unknown>, region: string): Trouble | undefined =>
  typeof row.sk === "string" && row.sk.startsWith(prefixOf(region))
    ? schema.safeParse(row).data
    : undefined;

/** The troubles of a region in the global table of integrations. */
export const dynamoTroubles = (
  db: DynamoDBDocumentClient,
  table: string,
  region: string,
): Troubles => ({
  async put(fleet, trouble) {
    const { integration, revision } = trouble;
    const Key = troubleKey(fleet, region, integration);
    return conditionHolds(
      db.send(
        new PutCommand({
          TableName: table,
          Item: { ...Key, ...trouble },
          ConditionExpression: "attribute_not_exists(pk) OR revision = :before",
          ExpressionAttributeValues: { ":before": revision - 1 },
        }),
      ),
    );
  },
});
