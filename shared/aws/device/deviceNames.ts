import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { DeviceNames, NameReservation } from "../../device/reserveName.ts";
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
export const dynamoDeviceNames = (db: DynamoDBDocumentClient, table: string): DeviceNames => ({
  async find(fleet, name) {
    const Key = key({ fleet, name });
    const get = new GetCommand({ TableName: table, Key, ConsistentRead: true });
    const { Item } = await db.send(get);
    return Item && { fleet, name: name.toLowerCase(), ...row.parse(Item) };
  },

  put({ fleet, name, ...reservation }, instead) {
    const put = new PutCommand({
      TableName: table,
      Item: { ...key({ fleet, name }), ...reservation },
      ConditionExpression: instead === undefined ? "attribute_not_exists(pk)" : "#token = :token",
      ...(instead && {
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: { ":token": instead.token },
      }),
    });
    return isConditionMet(db.send(put));
  },

  async remove(reservation) {
    const remove = new DeleteCommand({
      TableName: table,
      Key: key(reservation),
      ConditionExpression: "#token = :token",
      ExpressionAttributeNames: { "#token": "token" },
      ExpressionAttributeValues: { ":token": reservation.token },
    });
    await isConditionMet(db.send(remove));
  },
});
