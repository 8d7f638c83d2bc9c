import { type Pace, pace as schema } from "../../release/model/pace.ts";
import type { PaceRows } from "../../release/progressRows.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const pkOf = (release: string): string => `pace#${release}`;

/** The slots of releases in the global table of firmware: a row for each region. */
export const dynamoPaceRows = (db: Tables, table: string, region: string): PaceRows => ({
  async find(release) {
    const Key = { pk: pkOf(release), sk: region };
    const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
    return Item && schema.parse(Item);
  },

  async list(release) {
    const found: Pace[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :release",
      ExpressionAttributeValues: { ":release": pkOf(release) },
    });
    for await (const { Items } of pages) found.push(...Items.map((item) => schema.parse(item)));
    return found;
  },

  put: (pace) =>
    isConditionMet(
      db.put({
        TableName: table,
        Item: { ...pace, pk: pkOf(pace.release), sk: region, region },
        ConditionExpression: "attribute_not_exists(pk) OR revision = :before",
        ExpressionAttributeValues: { ":before": pace.revision - 1 },
      }),
    ),
});
