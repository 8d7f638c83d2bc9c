import * as z from "zod";
import { knowCaller } from "#shared/account/knowCaller.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { iotBroker } from "#shared/aws/broker.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { openTables } from "#shared/aws/tables.ts";
import { listDevices } from "#shared/device/listDevices.ts";
import { env } from "#shared/env.ts";
import { api, signedIn } from "./edge/api.ts";
import { deviceView } from "./edge/deviceView.ts";

const { ACCOUNTS_TABLE, DEVICES_TABLE } = env.devices.parse(process.env);
const tables = openTables();
const accounts = dynamoAccounts(tables, ACCOUNTS_TABLE);
const devices = dynamoDevices(tables, DEVICES_TABLE);
const broker = iotBroker();
const withToken = signedIn(knowCaller({ accounts, now: Date.now }));

export const handler = api<"devices">({
  "GET /v1/devices": withToken(z.object({}), async (_, { fleet }) => {
    const listed = await listDevices(fleet, { devices, broker });
    return listed.map(({ device, presence }) => deviceView(device, presence));
  }),
});
