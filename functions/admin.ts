import * as z from "zod";
import { addProduct, productInput } from "#shared/account/addProduct.ts";
import { addToken, tokenInput } from "#shared/account/addToken.ts";
import { addUser, userInput } from "#shared/account/addUser.ts";
import { findUser } from "#shared/account/findUser.ts";
import { removeSecondFactor } from "#shared/account/mfa/enableSecondFactor.ts";
import { scryptPasswords } from "#shared/account/password.ts";
import { username } from "#shared/account/user.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { iotBroker } from "#shared/aws/broker.ts";
import { dynamoCertificates } from "#shared/aws/certificateStore.ts";
import { dynamoDeviceNames } from "#shared/aws/deviceNames.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoProductNames } from "#shared/aws/productRows.ts";
import { dynamoProvisioning } from "#shared/aws/provisioning.ts";
import { brokerAuthority, iotRegistries } from "#shared/aws/registry.ts";
import { dynamoSecondFactors } from "#shared/aws/secondFactors.ts";
import { openTables } from "#shared/aws/tables.ts";
import { addDevice, deviceInput } from "#shared/device/addDevice.ts";
import { fillInput, fillRegion } from "#shared/device/fillRegion.ts";
import { reconnectDevices, reconnectInput } from "#shared/device/reconnectDevices.ts";
import { env } from "#shared/env.ts";
import { logger } from "./edge/logger.ts";
import { answer, oneRequest } from "./edge/oneRequest.ts";
import { productView } from "./edge/productView.ts";

const names = env.admin.parse(process.env);
const tables = openTables();
const region = names.AWS_REGION;
const needs = {
  accounts: dynamoAccounts(tables, names.ACCOUNTS_TABLE),
  passwords: scryptPasswords(),
  names: dynamoProductNames(tables, names.ACCOUNTS_TABLE),
  secondFactors: dynamoSecondFactors(tables, names.ACCOUNTS_TABLE),
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  deviceNames: dynamoDeviceNames(tables, names.DEVICES_TABLE),
  registries: iotRegistries({ region, regions: names.REGIONS }, names.DEVICE_POLICY),
  provisioning: dynamoProvisioning(tables, names.DEVICES_TABLE, region),
  certificates: dynamoCertificates(tables, names.DEVICES_TABLE, region),
  certificateDays: names.CERTIFICATE_DAYS,
  broker: iotBroker(),
  regions: names.REGIONS,
  now: Date.now,
  onSetback: (what: string, error: unknown) => logger.warn(what, { error }),
};

const ca = brokerAuthority(names.BROKER_CA);

const provision = async ({
  username: name,
  ...input
}: z.output<typeof deviceInput> & { username: string }): Promise<object> => {
  const { fleet, username: owner } = await findUser(name, needs);
  const { endpoint: _, ...device } = await addDevice(input, { fleet, owner }, needs);
  return { ...device, ca };
};

const addOwnedProduct = z.object({ username, product: productInput });

/** For whoever may invoke this function: the way to the first user, before there is one who could ask, and to a new region. */
export const handler = oneRequest({
  addUser: answer(userInput, (input) => addUser(input, needs)),
  disableSecondFactor: answer(z.object({ username }), async ({ username: name }) => {
    const user = await findUser(name, needs);
    await removeSecondFactor(user.fleet, needs);
    return { username: user.username, mfa: { enabled: false } };
  }),
  addToken: answer(tokenInput, (input) => addToken(input, needs)),
  addProduct: answer(addOwnedProduct, async ({ username: name, product }) => {
    const owner = await findUser(name, needs);
    return productView(await addProduct(product, owner, needs), "owner");
  }),
  addDevice: answer(deviceInput.extend({ username }), provision),
  fillRegion: answer(fillInput, (input) => fillRegion(input, needs)),
  reconnectDevices: answer(reconnectInput, (input) => reconnectDevices(input, needs)),
});
