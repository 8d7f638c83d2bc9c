import type { ArchiveSettings } from "../../archive/ports.ts";
import { archiveSetting as schema } from "../../event/archiveSetting.ts";
import type { Tables } from "../call/tables.ts";
import { countRoutingChange } from "../delivery/routingChanges.ts";
import { isConditionMet } from "../platform/rows.ts";

/** The row is stored beside the fleet's integrations, so that workers read both in one query. */
export const archiveKey = (fleet: string) => ({ pk: `fleet#${fleet}`, sk: "archive" });

/** Archive settings in the global table `godwit-integrations`. */
export const dynamoArchiveSettings = (db: Tables, table: string): ArchiveSettings => ({
  async find(fleet) {
    const { Item } = await db.get({
      TableName: table,
      Key: archiveKey(fleet),
      ConsistentRead: true,
    });
    return Item && schema.parse(Item);
  },

  async put(fleet, { enabled, days }) {
    const Item = { ...archiveKey(fleet), enabled, days };
    await db.put({ TableName: table, Item });
    await countRoutingChange(db, table, fleet);
  },

  async replace(fleet, { enabled, days }, before) {
    const condition =
      before === undefined
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : {
            ConditionExpression: "#enabled = :enabled AND #days = :days",
            ExpressionAttributeNames: { "#enabled": "enabled", "#days": "days" },
            ExpressionAttributeValues: { ":enabled": before.enabled, ":days": before.days },
          };
    const Item = { ...archiveKey(fleet), enabled, days };
    const isReplaced = await isConditionMet(db.put({ TableName: table, Item, ...condition }));
    if (isReplaced) await countRoutingChange(db, table, fleet);
    return isReplaced;
  },
});
