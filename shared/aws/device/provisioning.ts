import * as z from "zod/mini";
import type { PendingProvision, Provisioning } from "../../device/registry/registry.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { DeleteInput, PutInput, Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const endpointKey = (region: string) => ({ pk: `region#${region}`, sk: "endpoint" });
const pendingKey = (region: string, { device, fleet, isKeyedByDevice }: PendingProvisionKey) => ({
  pk: `owed#${region}`,
  sk: isKeyedByDevice ? device : `${device}#${fleet}`,
});

type PendingProvisionKey = Pick<PendingProvision, "device" | "fleet" | "isKeyedByDevice">;

const pendingRow = z.object({
  sk: z.string(),
  fleet: z.string(),
  since: z.number(),
  mustCut: z.optional(z.boolean()),
  movedAt: z.optional(z.number()),
});

const readPending = (item: unknown): PendingProvision => {
  const { sk, mustCut: mustDisconnect, ...pending } = pendingRow.parse(item);
  const [device = "", fleet] = sk.split("#");
  return {
    device,
    ...pending,
    ...omitUndefined({ mustDisconnect }),
    ...(fleet === undefined && { isKeyedByDevice: true as const }),
  };
};

/** Pending work in the device table, a global table. Its index does not contain these rows. */
export const dynamoProvisioning = (db: Tables, table: string, here: string): Provisioning => {
  const find = async (Key: { pk: string; sk: string }, name: string) => {
    const { Item } = await db.get({ TableName: table, Key });
    const value: unknown = Item?.[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    ...pendingRows(db, table, here),

    async putEndpoint(url) {
      const Item = { ...endpointKey(here), url };
      await db.put({ TableName: table, Item });
    },

    endpoint: (region) => find(endpointKey(region), "url"),
  };
};

const pendingRows = (
  db: Tables,
  table: string,
  here: string,
): Pick<
  Provisioning,
  "addPending" | "recordDisconnect" | "listPending" | "countPending" | "completePending"
> => ({
  async addPending({ device, fleet, since, mustDisconnect }, regions) {
    for (const region of regions) {
      // The row has no `nameKey`, so the index of a fleet's devices does not contain it.
      const put: PutInput = {
        TableName: table,
        Item: {
          ...pendingKey(region, { device, fleet }),
          fleet,
          since,
          mustCut: mustDisconnect,
        },
        ...(!mustDisconnect && { ConditionExpression: "attribute_not_exists(pk)" }),
      };
      await isConditionMet(db.put(put));
    }
  },

  async recordDisconnect({ device, fleet, since, movedAt }, region) {
    const put: PutInput = {
      TableName: table,
      Item: { ...pendingKey(region, { device, fleet }), fleet, since, movedAt },
      ConditionExpression: "since = :since",
      ExpressionAttributeValues: { ":since": since },
    };
    await isConditionMet(db.put(put));
  },

  async listPending({ limit, after }) {
    const { Items = [], LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :owed",
      ExpressionAttributeValues: { ":owed": `owed#${here}` },
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : { pk: `owed#${here}`, sk: after },
    });
    const next = LastEvaluatedKey?.sk;
    return { pending: Items.map(readPending), ...(typeof next === "string" && { next }) };
  },

  async countPending(region, max) {
    const { Count } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :owed",
      ExpressionAttributeValues: { ":owed": `owed#${region}` },
      Limit: max,
      Select: "COUNT",
    });
    return Count;
  },

  async completePending(pending) {
    const remove: DeleteInput = {
      TableName: table,
      Key: pendingKey(here, pending),
      ConditionExpression: "since = :since",
      ExpressionAttributeValues: { ":since": pending.since },
    };
    await isConditionMet(db.delete(remove));
  },
});
