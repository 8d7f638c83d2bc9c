import { type ApiUsers, apiUser } from "../../account/oauth/apiUser.ts";
import { apiUsersPerProductMax } from "../../account/oauth/limits.ts";
import type { Tables } from "../call/tables.ts";

import { byUserIndex, productPartition } from "./accounts.ts";

const key = (username: string) => ({ pk: `apiuser#${username}` });

/** The attribute `username` of the item is the key of the index. */
const read = ({ name, ...item }: Record<string, unknown>) =>
  apiUser.parse({ ...item, username: name });

/** API users in the global table of accounts. */
export const dynamoApiUsers = (db: Tables, table: string): ApiUsers => ({
  async find(username) {
    const { Item } = await db.get({ TableName: table, Key: key(username), ConsistentRead: true });
    return Item && read(Item);
  },

  async list(product) {
    const { Items = [] } = await db.query({
      TableName: table,
      IndexName: byUserIndex,
      KeyConditionExpression: "username = :product AND begins_with(pk, :apiUser)",
      ExpressionAttributeValues: {
        ":product": productPartition(product),
        ":apiUser": "apiuser#",
      },
      Limit: apiUsersPerProductMax,
    });
    return Items.map(read);
  },

  async put({ username, ...apiUser }) {
    const Item = {
      ...key(username),
      ...apiUser,
      name: username,
      username: productPartition(apiUser.product),
    };
    await db.put({ TableName: table, Item });
  },

  async remove(username) {
    await db.delete({ TableName: table, Key: key(username) });
  },
});
