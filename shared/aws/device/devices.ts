import * as z from "zod/mini";
import {
  type Device,
  type Devices,
  namePositionOf,
  device as schema,
} from "../../device/device.ts";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { ConditionFailed, type PutInput, type Tables } from "../call/tables.ts";
import { readRows } from "../platform/rows.ts";

/** The table's index of the devices of a fleet, by name. */
const byFleet = "byFleet";

/** The key of a device's row. */
export const deviceKey = (id: string) => ({ pk: `device#${id}`, sk: "device" });

const rowKey = z.object({ pk: z.string(), sk: z.string() });

/** The index has a device without a name by its id, which cannot be a name. */
const row = (device: Device) => ({
  ...deviceKey(device.id),
  nameKey: namePositionOf(device).nameKey,
  ...device,
});

/** Fails for a malformed row. */
export const readDevice = (item: unknown): Device => schema.parse(item);

/** Devices in a DynamoDB global table. Its index is eventually consistent. */
export const dynamoDevices = (db: Tables, table: string): Devices => ({
  ...reads(db, table),
  ...writes(db, table),
});

const reads = (db: Tables, table: string): Omit<Devices, "add" | "replace"> => ({
  async find(id) {
    const { Item } = await db.get({ TableName: table, Key: deviceKey(id), ConsistentRead: true });
    return Item && readDevice(Item);
  },

  async findByName(fleet, name) {
    const { Items = [] } = await db.query({
      TableName: table,
      IndexName: byFleet,
      KeyConditionExpression: "fleet = :fleet AND nameKey = :name",
      ExpressionAttributeValues: { ":fleet": fleet, ":name": name.toLowerCase() },
      Limit: 1,
    });
    return Items.map((item) => schema.parse(item))[0];
  },

  async list(fleet, max) {
    const found: Device[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await db.query({
        TableName: table,
        IndexName: byFleet,
        KeyConditionExpression: "fleet = :fleet",
        ExpressionAttributeValues: { ":fleet": fleet },
        ExclusiveStartKey: from,
        Limit: max - found.length,
      });
      found.push(...Items.map((item) => schema.parse(item)));
      from = LastEvaluatedKey;
    } while (from !== undefined && found.length < max);
    return found;
  },

  async pageOfFleet(fleet, { limit, after, order }) {
    const { Items, LastEvaluatedKey } = await db.query({
      TableName: table,
      IndexName: byFleet,
      KeyConditionExpression: "fleet = :fleet",
      ExpressionAttributeValues: { ":fleet": fleet },
      ExclusiveStartKey: after && { ...deviceKey(after.id), fleet, nameKey: after.nameKey },
      ScanIndexForward: order === "asc",
      Limit: limit,
    });
    return { devices: Items.map(readDevice), hasMore: LastEvaluatedKey !== undefined };
  },

  async findMany(ids) {
    const keys = ids.map(deviceKey);
    return (await readRows(db, table, keys)).map(readDevice);
  },

  page: (page) => scanPage(db, table, page),
});

const writes = (db: Tables, table: string): Pick<Devices, "add" | "replace"> => ({
  async add(device) {
    const put: PutInput = {
      TableName: table,
      Item: row(device),
      ConditionExpression: "attribute_not_exists(pk)",
    };
    await unless(db.put(put), {
      code: "already_exists",
      message: "there is such a device already",
    });
  },

  async replace(device, { fleet, revision }) {
    const after = { ...device, revision: (revision ?? 0) + 1 };
    const put: PutInput = {
      TableName: table,
      Item: row(after),
      ConditionExpression: `fleet = :fleet AND ${
        revision === undefined ? "attribute_not_exists(revision)" : "revision = :revision"
      }`,
      ExpressionAttributeValues: { ":fleet": fleet, ":revision": revision },
    };
    const message = "The device was changed by another request. Read it again and repeat yours.";
    await unless(db.put(put), { code: "conflict", message });
    return after;
  },
});

/** The table has other rows too: a page may be empty without being the last one. */
const scanPage = async (
  db: Tables,
  table: string,
  { limit, after }: { limit: number; after?: string },
): Promise<{ devices: Device[]; next?: string }> => {
  const { Items = [], LastEvaluatedKey } = await db.scan({
    TableName: table,
    Limit: limit,
    ExclusiveStartKey: after === undefined ? undefined : rowKey.parse(parseJson(after)),
    FilterExpression: "sk = :device",
    ExpressionAttributeValues: { ":device": "device" },
  });
  const next = LastEvaluatedKey && JSON.stringify(LastEvaluatedKey);
  return { devices: Items.map((item) => schema.parse(item)), ...(next && { next }) };
};

/** Turns a condition that does not hold into the failure that it means. */
const unless = async (
  write: Promise<unknown>,
  { code, message }: { code: "already_exists" | "conflict"; message: string },
): Promise<void> => {
  try {
    await write;
  } catch (cause) {
    if (!(cause instanceof ConditionFailed)) throw cause;
    throw new Failure(message, { code, cause });
  }
};
