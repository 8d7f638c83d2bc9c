import { oauthClientsMax } from "../../account/oauth/limits.ts";
import {
  type OAuthClientOwner,
  type OAuthClients,
  oauthClient,
} from "../../account/oauth/oauthClient.ts";
import type { Tables } from "../call/tables.ts";
import { putIfAbsent, updateAttributes } from "../platform/rows.ts";
import { byUserIndex, productPartition } from "./accounts.ts";

const key = (id: string) => ({ pk: `client#${id}` });

/** The index key of the clients of a user or a product. */
const partition = (owner: OAuthClientOwner): string =>
  "username" in owner ? owner.username : productPartition(owner.product);

/**
 * The owner of a user's client is the index key `username`, which changes when the user is renamed.
 */
const read = ({ product, username, ...item }: Record<string, unknown>) =>
  oauthClient.parse({ ...item, owner: product === undefined ? { username } : { product } });

/** OAuth clients in the global table of accounts. */
export const dynamoOAuthClients = (db: Tables, table: string): OAuthClients => ({
  async find(id) {
    const { Item } = await db.get({ TableName: table, Key: key(id), ConsistentRead: true });
    return Item && read(Item);
  },

  async list(owner) {
    const { Items = [] } = await db.query({
      TableName: table,
      IndexName: byUserIndex,
      KeyConditionExpression: "username = :owner AND begins_with(pk, :client)",
      ExpressionAttributeValues: { ":owner": partition(owner), ":client": "client#" },
      Limit: oauthClientsMax,
    });
    return Items.map(read);
  },

  async add({ owner, ...client }) {
    const Item = {
      ...key(client.id),
      ...client,
      ...("product" in owner && { product: owner.product }),
      username: partition(owner),
    };
    await putIfAbsent(db, { table, Item, what: `a client ${client.id}` });
  },

  async change(id, change) {
    await updateAttributes(db, { table, Key: key(id), members: change });
  },

  async remove(id) {
    await db.delete({ TableName: table, Key: key(id) });
  },
});
