import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import { product as productSchema } from "../account/product.ts";
import { token as tokenSchema } from "../account/token.ts";
import { user as userSchema } from "../account/user.ts";
import { Failure } from "../failure.ts";
import { productsPerUserMax } from "../limits.ts";
import type { Accounts } from "../ports.ts";

const userKey = (username: string) => ({ pk: `user#${username}` });
const productKey = (id: number) => ({ pk: `product#${id}` });
const tokenKey = (hash: string) => ({ pk: `token#${hash}` });

/** The table's index of what belongs to a user. */
export const byUserIndex = "byUser";

/** Users, tokens and products in a DynamoDB global table. */
export const dynamoAccounts = (db: DynamoDBDocumentClient, table: string): Accounts => ({
  async findUser(username) {
    const Key = userKey(username);
    const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item && userSchema.parse(Item);
  },

  async addUser(user, { replace }) {
    const Item = { ...userKey(user.username), ...user };
    if (replace) await db.send(new PutCommand({ TableName: table, Item }));
    else await putNew(db, { table, Item, what: `a user ${user.username}` });
  },

  async findToken(hash) {
    const Key = tokenKey(hash);
    // A token may be used in the moment after it was made, and a client that gets a 401 then logs its user out.
    const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    // The table's own `expiresAt` is in seconds, for its time to live.
    return Item && tokenSchema.parse({ ...Item, expiresAt: Item.expiresAtMs });
  },

  async addToken({ expiresAt, ...token }) {
    await db.send(
      new PutCommand({
        TableName: table,
        Item: {
          ...tokenKey(token.hash),
          ...token,
          ...(expiresAt !== undefined && {
            expiresAtMs: expiresAt,
            expiresAt: Math.ceil(expiresAt / 1_000),
          }),
        },
      }),
    );
  },

  async findProduct(id) {
    const { Item } = await db.send(
      new GetCommand({ TableName: table, Key: productKey(id), ConsistentRead: true }),
    );
    return Item && productSchema.parse(Item);
  },

  async addProduct(product) {
    // `username` puts it into the index.
    const Item = { ...productKey(product.id), username: product.owner, ...product };
    await putNew(db, { table, Item, what: `a product ${product.id}` });
  },

  async listProducts(owner) {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName: table,
        IndexName: byUserIndex,
        KeyConditionExpression: "username = :user AND begins_with(pk, :product)",
        ExpressionAttributeValues: { ":user": owner, ":product": "product#" },
        Limit: productsPerUserMax,
      }),
    );
    return Items.map((item) => productSchema.parse(item));
  },
});

/** Fails with `already_exists`. */
const putNew = async (
  db: DynamoDBDocumentClient,
  { table, Item, what }: { table: string; Item: Record<string, unknown>; what: string },
): Promise<void> => {
  try {
    await db.send(
      new PutCommand({
        TableName: table,
        Item,
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new Failure(`there is ${what} already`, { code: "already_exists", cause });
  }
};
