import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import { type OneTimeTokens, oneTimeToken } from "../../account/token/oneTimeToken.ts";
import { expiryAttributes } from "../platform/rows.ts";

const keyOf = (hash: string) => ({ pk: `once#${hash}` });

/** One-time tokens in the table of accounts. They are not in the index of users; they expire. */
export const dynamoOneTimeTokens = (db: DynamoDBDocumentClient, table: string): OneTimeTokens => ({
  async add({ username, expiresAt, ...token }) {
    const Item = { ...keyOf(token.hash), ...token, user: username, ...expiryAttributes(expiresAt) };
    await db.send(new PutCommand({ TableName: table, Item }));
  },

  async find(hash) {
    const get = new GetCommand({ TableName: table, Key: keyOf(hash), ConsistentRead: true });
    const { Item } = await db.send(get);
    return (
      Item && oneTimeToken.parse({ ...Item, username: Item.user, expiresAt: Item.expiresAtMs })
    );
  },

  async remove(hash) {
    const remove = new DeleteCommand({
      TableName: table,
      Key: keyOf(hash),
      ReturnValues: "ALL_OLD",
    });
    return (await db.send(remove)).Attributes !== undefined;
  },
});
