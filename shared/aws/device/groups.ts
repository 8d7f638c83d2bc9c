import { type Group, type Groups, group as schema } from "../../device/group/group.ts";
import { Failure } from "../../platform/failure.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet, putIfAbsent } from "../platform/rows.ts";

const pkOf = (product: number): string => `groups#${product}`;
const keyOf = (product: number, name: string) => ({ pk: pkOf(product), sk: name });

/** Groups of devices in the firmware table, a row each. */
export const dynamoGroups = (db: Tables, table: string): Groups => ({
  async list(product) {
    const found: Group[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :product",
      ExpressionAttributeValues: { ":product": pkOf(product) },
    });
    for await (const { Items } of pages) found.push(...Items.map((item) => schema.parse(item)));
    return found;
  },

  async find(product, name) {
    // DynamoDB rejects an empty key.
    if (name === "") return undefined;
    const Key = keyOf(product, name);
    const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
    return Item && schema.parse(Item);
  },

  add: (group) =>
    putIfAbsent(db, {
      table,
      Item: { ...keyOf(group.product, group.name), ...group },
      what: `a group ${group.name}`,
    }),

  async replace(group) {
    const replaced = await isConditionMet(
      db.put({
        TableName: table,
        Item: { ...keyOf(group.product, group.name), ...group },
        ConditionExpression: "attribute_exists(pk)",
      }),
    );
    if (!replaced) throw new Failure("Group not found", { code: "not_found" });
  },

  async remove(product, name) {
    await db.delete({ TableName: table, Key: keyOf(product, name) });
  },
});
