import * as z from "zod/mini";
import type { DeviceOrders } from "../../presence/list/deviceOrders.ts";
import type { Tables } from "../call/tables.ts";

const idBytes = 12;

const row = z.object({ devices: z.instanceof(Uint8Array), expiresAtMs: z.number() });

const keyOf = (fleet: string, id: string) => ({ pk: `deviceorder#${fleet}#${id}` });

/** An id is 24 hex digits: 12 bytes. A row of 10,000 devices has 120 kB. */
const pack = (ids: readonly string[]): Uint8Array => Buffer.from(ids.join(""), "hex");

const unpack = (bytes: Uint8Array): string[] => {
  const hex = Buffer.from(bytes);
  return Array.from({ length: bytes.length / idBytes }, (_, i) =>
    hex.toString("hex", i * idBytes, (i + 1) * idBytes),
  );
};

/** Orders of lists of devices in the table of concurrency slots of this region, one row each. */
export const dynamoDeviceOrders = (
  db: Tables,
  TableName: string,
  now: () => number,
): DeviceOrders => ({
  async put({ fleet, id, devices, expiresAt }) {
    await db.update({
      TableName,
      Key: keyOf(fleet, id),
      UpdateExpression: "SET devices = :devices, expiresAt = :end, expiresAtMs = :endMs",
      ExpressionAttributeValues: {
        ":devices": pack(devices),
        ":end": Math.ceil(expiresAt / 1_000),
        ":endMs": expiresAt,
      },
    });
  },

  async find(fleet, id) {
    const { Item } = await db.get({ TableName, Key: keyOf(fleet, id), ConsistentRead: true });
    if (Item === undefined) return undefined;
    const { devices, expiresAtMs } = row.parse(Item);
    return expiresAtMs > now() ? unpack(devices) : undefined;
  },
});
