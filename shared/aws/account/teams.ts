import * as z from "zod/mini";
import { membershipsListedMax } from "../../account/team/limits.ts";
import { team as schema, type TeamHints, type Teams } from "../../account/team/team.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";
import { byUserIndex } from "./accounts.ts";

const teamKey = (product: number) => ({ pk: `team#${product}` });

/** Teams in the global table of accounts. */
export const dynamoTeams = (db: Tables, table: string): Teams => ({
  async find(product) {
    const { Item } = await db.get({
      TableName: table,
      Key: teamKey(product),
      ConsistentRead: true,
    });
    return Item && schema.parse(Item);
  },

  async put(team) {
    const isFirst = team.revision === 1;
    return isConditionMet(
      db.put({
        TableName: table,
        // Functions of earlier versions, in a region that is deployed later, need a log.
        Item: { ...teamKey(team.product), ...team, log: [] },
        ConditionExpression: isFirst ? "attribute_not_exists(pk)" : "revision = :before",
        ...(!isFirst && { ExpressionAttributeValues: { ":before": team.revision - 1 } }),
      }),
    );
  },

  async remove(product) {
    await db.delete({ TableName: table, Key: teamKey(product) });
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
export const dynamoTeamHints = (db: Tables, table: string): TeamHints => ({
  async put({ product, username, key, expiresAt }) {
    const ends = expiresAt !== undefined && { expiresAt: Math.ceil(expiresAt / 1_000) };
    const Item = { ...hintKey({ product, key }), product, username, ...ends };
    await db.put({ TableName: table, Item });
  },

  async list(username) {
    const { Items = [] } = await db.query({
      TableName: table,
      IndexName: byUserIndex,
      KeyConditionExpression: "username = :user AND begins_with(pk, :hint)",
      ExpressionAttributeValues: { ":user": username, ":hint": hintPrefix },
      Limit: membershipsListedMax,
    });
    return [...new Set(Items.map((item) => hintRow.parse(item).product))];
  },

  async remove(hint) {
    await db.delete({ TableName: table, Key: hintKey(hint) });
  },
});
