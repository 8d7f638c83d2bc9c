import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { Owed, Provisioning } from "../../device/registry/registry.ts";
import { isConditionMet } from "../platform/rows.ts";

const endpointKey = (region: string) => ({ pk: `region#${region}`, sk: "endpoint" });
const owedKey = (region: string, { device, fleet, isKeyedByDevice }: OwedName) => ({
  pk: `owed#${region}`,
  sk: isKeyedByDevice ? device : `${device}#${fleet}`,
});

type OwedName = Pick<Owed, "device" | "fleet" | "isKeyedByDevice">;

const owedRow = z.object({
  sk: z.string(),
  fleet: z.string(),
  since: z.number(),
  mustCut: z.optional(z.boolean()),
  movedAt: z.optional(z.number()),
});

const readOwed = (item: unknown): Owed => {
  const { sk, ...owed } = owedRow.parse(item);
  const [device = "", fleet] = sk.split("#");
  return { device, ...owed, ...(fleet === undefined && { isKeyedByDevice: true as const }) };
};

/** Beside the devices, in their global table: rows that its index leaves out. */
export const dynamoProvisioning = (
  db: DynamoDBDocumentClient,
  table: string,
  here: string,
): Provisioning => {
  const find = async (Key: { pk: string; sk: string }, name: string) => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key }));
    const value: unknown = Item?.[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    ...owedRows(db, table, here),

    async keepEndpoint(url) {
      const Item = { ...endpointKey(here), url };
      await db.send(new PutCommand({ TableName: table, Item }));
    },

    endpoint: (region) => find(endpointKey(region), "url"),
  };
};

const owedRows = (
  db: DynamoDBDocumentClient,
  table: string,
  here: string,
): Pick<Provisioning, "owe" | "noteCut" | "owed" | "countOwed" | "settle"> => ({
  async owe({ device, fleet, since, mustCut }, regions) {
    for (const region of regions) {
      // It has a fleet and no `nameKey`, so it is not in the index of a fleet's devices.
      const put = new PutCommand({
        TableName: table,
        Item: { ...owedKey(region, { device, fleet }), fleet, since, mustCut },
        ...(!mustCut && { ConditionExpression: "attribute_not_exists(pk)" }),
      });
      await isConditionMet(db.send(put));
    }
  },

  async noteCut({ device, fleet, since, movedAt }, region) {
    const put = new PutCommand({
      TableName: table,
      Item: { ...owedKey(region, { device, fleet }), fleet, since, movedAt },
      ConditionExpression: "since = :since",
      ExpressionAttributeValues: { ":since": since },
    });
    await isConditionMet(db.send(put));
  },

  async owed({ limit, after }) {
    const { Items = [], LastEvaluatedKey } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :owed",
        ExpressionAttributeValues: { ":owed": `owed#${here}` },
        Limit: limit,
        ExclusiveStartKey: after === undefined ? undefined : { pk: `owed#${here}`, sk: after },
      }),
    );
    const next = LastEvaluatedKey?.sk;
    return { owed: Items.map(readOwed), ...(typeof next === "string" && { next }) };
  },

  async countOwed(region, max) {
    const { Count = 0 } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :owed",
        ExpressionAttributeValues: { ":owed": `owed#${region}` },
        Limit: max,
        Select: "COUNT",
      }),
    );
    return Count;
  },

  async settle(owed) {
    const remove = new DeleteCommand({
      TableName: table,
      Key: owedKey(here, owed),
      ConditionExpression: "since = :since",
      ExpressionAttributeValues: { ":since": owed.since },
    });
    await isConditionMet(db.send(remove));
  },
});
