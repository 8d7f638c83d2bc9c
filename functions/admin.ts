import * as z from "zod";
import { addToken, tokenInput } from "#shared/account/addToken.ts";
import { addUser, userInput } from "#shared/account/addUser.ts";
import { findUser } from "#shared/account/findUser.ts";
import { username } from "#shared/account/user.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { brokerAuthority, iotRegistry } from "#shared/aws/registry.ts";
import { openTables } from "#shared/aws/tables.ts";
import { addDevice, deviceInput } from "#shared/device/addDevice.ts";
import { env } from "#shared/env.ts";

const names = env.admin.parse(process.env);
const tables = openTables();
const needs = {
  accounts: dynamoAccounts(tables, names.ACCOUNTS_TABLE),
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  registry: iotRegistry(names.DEVICE_POLICY),
  now: Date.now,
};

const ca = brokerAuthority(names.BROKER_CA);

const request = z.union([
  z.strictObject({ addUser: userInput }),
  z.strictObject({ addToken: tokenInput }),
  z.strictObject({ addDevice: deviceInput.extend({ username }) }),
]);

/** For whoever may invoke this function: the way to the first user, before there is one who could ask. */
export const handler = async (event: unknown): Promise<object> => {
  const asked = request.parse(event);
  if ("addUser" in asked) return addUser(asked.addUser, needs);
  if ("addToken" in asked) return addToken(asked.addToken, needs);
  const { fleet, username: owner } = await findUser(asked.addDevice.username, needs);
  const made = await addDevice(asked.addDevice, { fleet, owner }, needs);
  const { endpoint: mqtt, ...device } = made;
  return { ...device, ca, endpoints: [{ region: names.AWS_REGION, mqtt }] };
};
