import * as z from "zod/mini";
import type { DeviceNames, NameReservation } from "../../device/reserveName.ts";
import type { DeleteInput, GetInput, PutInput, Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const key = ({ fleet, name }: Pick<NameReservation, "fleet" | "name">) => ({
  pk: `names#${fleet}`,
  sk: `name#${name.toLowerCase()}`,
});

const row = z.object({ device: z.string(), token: z.string(), since: z.number() });

/**
 * Reservations of names in the device table. Rows without `fleet` are not in the index of a fleet's
 * devices.
 */
export const dynamoDeviceNames = (db: Tables, table: string): DeviceNames => ({
  async find(fleet, name) {
    const Key = key({ fleet, name });
    const get: GetInput = { TableName: table, Key, ConsistentRead: true };
    const { Item } = await db.get(get);
    return Item && { fleet, name: name.toLowerCase(), ...row.parse(Item) };
  },

  put({ fleet, name, ...reservation }, instead) {
    const put: PutInput = {
      TableName: table,
      Item: { ...key({ fleet, name }), ...reservation },
      ConditionExpression: instead === undefined ? "attribute_not_exists(pk)" : "#token = :token",
      ...(instead && {
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: { ":token": instead.token },
      }),
    };
    return isConditionMet(db.put(put));
  },

  async remove(reservation) {
    const remove: DeleteInput = {
      TableName: table,
      Key: key(reservation),
      ConditionExpression: "#token = :token",
      ExpressionAttributeNames: { "#token": "token" },
      ExpressionAttributeValues: { ":token": reservation.token },
    };
    await isConditionMet(db.delete(remove));
  },
});
