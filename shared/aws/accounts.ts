import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { token as tokenSchema } from "../account/token.ts";
import { user as userSchema } from "../account/user.ts";
import { Failure } from "../failure.ts";
import type { Accounts } from "../ports.ts";

const userKey = (username: string) => ({ pk: `user#${username}` });
const tokenKey = (hash: string) => ({ pk: `token#${hash}` });

/** Users and tokens in a DynamoDB global table. */
export const dynamoAccounts = (db: DynamoDBDocumentClient, table: string): Accounts => ({
  async findUser(username) {
    const Key = userKey(username);
    const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item && userSchema.parse(Item);
  },

  async addUser(user, { replace }) {
    try {
      await db.send(
        new PutCommand({
          TableName: table,
          Item: { ...userKey(user.username), ...user },
          ...(!replace && { ConditionExpression: "attribute_not_exists(pk)" }),
        }),
      );
    } catch (cause) {
      if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
      throw new Failure(`there is a user ${user.username} already`, {
        code: "already_exists",
        cause,
      });
    }
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
});
