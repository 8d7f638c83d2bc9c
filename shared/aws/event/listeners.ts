import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { Listeners, Listening } from "../../stream/ports.ts";

/** Says that a fleet is listened to. It stands beside the fleet's integrations, which `route` reads anyway. */
export const listeningRow = z.object({ since: z.number(), until: z.number() });

const listenerPrefix = "listener#";

/** Whether a row of a fleet is one, of whatever region. */
export const isListener = ({ sk }: Record<string, unknown>): boolean =>
  typeof sk === "string" && sk.startsWith(listenerPrefix);

/** Each region has a row of its own, which only that region writes. */
const listenerKey = (fleet: string, region: string) => ({
  pk: `fleet#${fleet}`,
  sk: `${listenerPrefix}${region}`,
});

/** The listeners of a region in the global table of integrations. */
export const dynamoListeners = (
  db: DynamoDBDocumentClient,
  table: string,
  region: string,
): Listeners => {
  /** Fails when the condition is not met, because another stream was quicker. */
  const update = async (
    fleet: string,
    what: { set: string; if: string; values: Record<string, number> },
  ): Promise<Listening> => {
    const { Attributes } = await db.send(
      new UpdateCommand({
        TableName: table,
        Key: listenerKey(fleet, region),
        UpdateExpression: `SET ${what.set}`,
        ConditionExpression: what.if,
        ExpressionAttributeNames: { "#until": "until" },
        ExpressionAttributeValues: what.values,
        ReturnValues: "ALL_NEW",
      }),
    );
    return listeningRow.parse(Attributes);
  };
  const goOn = (fleet: string, values: Record<string, number>) =>
    update(fleet, { set: "#until = :until", if: "#until > :now", values });
  return {
    async find(fleet) {
      const { Item } = await db.send(
        new GetCommand({
          TableName: table,
          Key: listenerKey(fleet, region),
          ConsistentRead: true,
        }),
      );
      return Item && listeningRow.parse(Item);
    },

    async listen(fleet, now, until) {
      const values = { ":now": now, ":until": until };
      try {
        return await goOn(fleet, values);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
      try {
        const isOver = "attribute_not_exists(pk) OR #until <= :now";
        return await update(fleet, { set: "#until = :until, since = :now", if: isOver, values });
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
      return goOn(fleet, values);
    },
  };
};
