import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { ArchiveSettings } from "../../archive/ports.ts";
import { archiveSetting as schema } from "../../event/archiveSetting.ts";

/** Beside the fleet's integrations, which workers read anyway. */
export const archiveKey = (fleet: string) => ({ pk: `fleet#${fleet}`, sk: "archive" });

/** The archives' settings in the global table of integrations. */
export const dynamoArchiveSettings = (
  db: DynamoDBDocumentClient,
  table: string,
): ArchiveSettings => ({
  async find(fleet) {
    const { Item } = await db.send(
      new GetCommand({ TableName: table, Key: archiveKey(fleet), ConsistentRead: true }),
    );
    return Item && schema.parse(Item);
  },

  async put(fleet, { enabled, days }) {
    const Item = { ...archiveKey(fleet), enabled, days };
    await db.send(new PutCommand({ TableName: table, Item }));
  },
});
