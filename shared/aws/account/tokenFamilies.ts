import {
  type TokenFamilies,
  type TokenFamily,
  tokenFamily,
} from "../../account/token/tokenFamily.ts";
import type { GetInput, Tables } from "../call/tables.ts";
import { expiryAttributes, isConditionMet } from "../platform/rows.ts";

/** Key prefix of token families. */
export const familyPrefix = "family#";

export const familyKey = (id: string) => ({ pk: `${familyPrefix}${id}` });

const itemOf = ({ expiresAt, ...family }: TokenFamily) => ({
  ...familyKey(family.id),
  ...family,
  ...expiryAttributes(expiresAt),
});

/** Token families in the table of accounts. `username` adds them to the index of users. */
export const dynamoTokenFamilies = (db: Tables, table: string): TokenFamilies => ({
  async addFamily(family) {
    await db.put({ TableName: table, Item: itemOf(family) });
  },

  async findFamily(id) {
    const get: GetInput = { TableName: table, Key: familyKey(id), ConsistentRead: true };
    const { Item } = await db.get(get);
    return Item && tokenFamily.parse({ ...Item, expiresAt: Item.expiresAtMs });
  },

  async replaceFamily(family) {
    return isConditionMet(
      db.put({
        TableName: table,
        Item: itemOf(family),
        // A concurrent rename of the user does not change the version.
        ConditionExpression: "version = :before AND username = :user",
        ExpressionAttributeValues: { ":before": family.version - 1, ":user": family.username },
      }),
    );
  },
});
