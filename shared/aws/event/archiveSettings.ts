import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { ArchiveSettings } from "../../archive/ports.ts";
import { archiveSetting as schema } from "../../event/archiveSetting.ts";
import { countRoutingChange } from "../delivery/routingChanges.ts";

/** The row is stored beside the fleet's integrations, so that workers read both in one query. */
export const archiveKey = (fleet: string) => ({ pk: `fleet#${fleet}`, sk: "archive" });

/** Archive settings in the global table `godwit-integrations`. */
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
    await countRoutingChange(db, table, fleet);
  },
});
