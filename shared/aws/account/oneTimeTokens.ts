import { type OneTimeTokens, oneTimeToken } from "../../account/token/oneTimeToken.ts";
import type { DeleteInput, GetInput, Tables } from "../call/tables.ts";
import { expiryAttributes } from "../platform/rows.ts";

const keyOf = (hash: string) => ({ pk: `once#${hash}` });

/** One-time tokens in the table of accounts. They are not in the index of users; they expire. */
export const dynamoOneTimeTokens = (db: Tables, table: string): OneTimeTokens => ({
  async add({ username, expiresAt, ...token }) {
    const Item = { ...keyOf(token.hash), ...token, user: username, ...expiryAttributes(expiresAt) };
    await db.put({ TableName: table, Item });
  },

  async find(hash) {
    const get: GetInput = { TableName: table, Key: keyOf(hash), ConsistentRead: true };
    const { Item } = await db.get(get);
    return (
      Item && oneTimeToken.parse({ ...Item, username: Item.user, expiresAt: Item.expiresAtMs })
    );
  },

  async remove(hash) {
    const remove: DeleteInput = {
      TableName: table,
      Key: keyOf(hash),
      ReturnValues: "ALL_OLD",
    };
    return (await db.delete(remove)).Attributes !== undefined;
  },
});
