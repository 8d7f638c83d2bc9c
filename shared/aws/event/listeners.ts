import * as z from "zod/mini";
import type { Listeners, Listening } from "../../stream/ports.ts";
import { ConditionFailed, type Tables } from "../call/tables.ts";
import { countRoutingChange } from "../delivery/routingChanges.ts";

/**
 * A fleet's listening row. It is stored beside the fleet's integrations, so that `route` reads both
 * in one query.
 */
export const listeningRow = z.object({ since: z.number(), until: z.number() });

const listenerPrefix = "listener#";

/** Whether a row of a fleet is a listening row, of any region. */
export const isListener = ({ sk }: Record<string, unknown>): boolean =>
  typeof sk === "string" && sk.startsWith(listenerPrefix);

/** Each region has its own row, and only that region writes it. */
const listenerKey = (fleet: string, region: string) => ({
  pk: `fleet#${fleet}`,
  sk: `${listenerPrefix}${region}`,
});

/** The listeners of a region, in the global table `godwit-integrations`. */
export const dynamoListeners = (db: Tables, table: string, region: string): Listeners => {
  /**
   * Fails with `ConditionalCheckFailedException` if another stream has written the row meanwhile.
   */
  const update = async (
    fleet: string,
    change: { set: string; if: string; values: Record<string, number> },
  ): Promise<Listening> => {
    const { Attributes } = await db.update({
      TableName: table,
      Key: listenerKey(fleet, region),
      UpdateExpression: `SET ${change.set}`,
      ConditionExpression: change.if,
      ExpressionAttributeNames: { "#until": "until" },
      ExpressionAttributeValues: change.values,
      ReturnValues: "ALL_NEW",
    });
    await countRoutingChange(db, table, fleet);
    return listeningRow.parse(Attributes);
  };
  const extend = (fleet: string, values: Record<string, number>) =>
    update(fleet, { set: "#until = :until", if: "#until > :now", values });
  return {
    async find(fleet) {
      const { Item } = await db.get({
        TableName: table,
        Key: listenerKey(fleet, region),
        ConsistentRead: true,
      });
      return Item && listeningRow.parse(Item);
    },

    async listen(fleet, now, until) {
      const values = { ":now": now, ":until": until };
      try {
        return await extend(fleet, values);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
      try {
        const isExpired = "attribute_not_exists(pk) OR #until <= :now";
        return await update(fleet, { set: "#until = :until, since = :now", if: isExpired, values });
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
      return extend(fleet, values);
    },
  };
};
