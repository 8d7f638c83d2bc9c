import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { membershipsListedMax } from "../../account/team/limits.ts";
import { team as schema, type TeamHints, type Teams } from "../../account/team/team.ts";
import { isConditionMet } from "../platform/rows.ts";
import { byUserIndex } from "./accounts.ts";

const teamKey = (product: number) => ({ pk: `team#${product}` });

/** Teams in the global table of accounts. */
export const dynamoTeams = (db: DynamoDBDocumentClient, table: string): Teams => ({
  async find(product) {
    const { Item } = await db.send(
      new GetCommand({ TableName: table, Key: teamKey(product), ConsistentRead: true }),
    );
    return Item && schema.parse(Item);
  },

  async put(team) {
    const isFirst = team.revision === 1;
    return isConditionMet(
      db.send(
        new PutCommand({
          TableName: table,
          Item: { ...teamKey(team.product), ...team },
          ConditionExpression: isFirst ? "attribute_not_exists(pk)" : "revision = :before",
          ...(!isFirst && { ExpressionAttributeValues: { ":before": team.revision - 1 } }),
        }),
      ),
    );
  },

  async remove(product) {
    await db.send(new DeleteCommand({ TableName: table, Key: teamKey(product) }));
  },
});

const hintPrefix = "teamhint#";
const hintKey = ({ product, key }: { product: number; key: string }) => ({
  pk: `${hintPrefix}${product}#${key}`,
});
const hintRow = z.object({ product: z.number() });

/**
 * Team hints in the same table. The index finds them by username, and a rename of the user moves
 * them.
 */
export const dynamoTeamHints = (db: DynamoDBDocumentClient, table: string): TeamHints => ({
  async put({ product, username, key, expiresAt }) {
    const ends = expiresAt !== undefined && { expiresAt: Math.ceil(expiresAt / 1_000) };
    const Item = { ...hintKey({ product, key }), product, username, ...ends };
    await db.send(new PutCommand({ TableName: table, Item }));
  },

  async list(username) {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName: table,
        IndexName: byUserIndex,
        KeyConditionExpression: "username = :user AND begins_with(pk, :hint)",
        ExpressionAttributeValues: { ":user": username, ":hint": hintPrefix },
        Limit: membershipsListedMax,
      }),
    );
    return [...new Set(Items.map((item) => hintRow.parse(item).product))];
  },

  async remove(hint) {
    await db.send(new DeleteCommand({ TableName: table, Key: hintKey(hint) }));
  },
});
