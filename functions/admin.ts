import * as z from "zod";
import { addProduct, productInput } from "#shared/account/addProduct.ts";
import { addToken, tokenInput } from "#shared/account/addToken.ts";
import { addUser, userInput } from "#shared/account/addUser.ts";
import { findUser } from "#shared/account/findUser.ts";
import { username } from "#shared/account/user.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { iotBroker } from "#shared/aws/broker.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoProvisioning } from "#shared/aws/provisioning.ts";
import { brokerAuthority, iotRegistries } from "#shared/aws/registry.ts";
import { openTables } from "#shared/aws/tables.ts";
import { addDevice, deviceInput } from "#shared/device/addDevice.ts";
import { fillInput, fillRegion } from "#shared/device/fillRegion.ts";
import { reconnectDevices, reconnectInput } from "#shared/device/reconnectDevices.ts";
import { env } from "#shared/env.ts";
import { Failure } from "#shared/failure.ts";
import { logger } from "./edge/logger.ts";
import { productView } from "./edge/productView.ts";

const names = env.admin.parse(process.env);
const tables = openTables();
const region = names.AWS_REGION;
const needs = {
  accounts: dynamoAccounts(tables, names.ACCOUNTS_TABLE),
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  registries: iotRegistries({ region, regions: names.REGIONS }, names.DEVICE_POLICY),
  provisioning: dynamoProvisioning(tables, names.DEVICES_TABLE, region),
  broker: iotBroker(),
  regions: names.REGIONS,
  now: Date.now,
  onSetback: (what: string, error: unknown) => logger.warn(what, { error }),
};

const ca = brokerAuthority(names.BROKER_CA);

/** One of these: each answers in its own way. */
const request = z
  .strictObject({
    addUser: userInput,
    addToken: tokenInput,
    addProduct: z.object({ username, product: productInput }),
    addDevice: deviceInput.extend({ username }),
    fillRegion: fillInput,
    reconnectDevices: reconnectInput,
  })
  .partial();

/** For whoever may invoke this function: the way to the first user, before there is one who could ask, and to a new region. */
export const handler = async (event: unknown): Promise<object> => {
  const {
    addUser: user,
    addToken: token,
    addProduct: product,
    addDevice: device,
    fillRegion: fill,
    reconnectDevices: reconnect,
  } = request.parse(event);
  if (user) return addUser(user, needs);
  if (token) return addToken(token, needs);
  if (product) {
    const { username: owner } = await findUser(product.username, needs);
    return productView(await addProduct(product.product, owner, needs));
  }
  if (device) return provision(device);
  if (fill) return fillRegion(fill, needs);
  if (reconnect) return reconnectDevices(reconnect, needs);
  throw new Failure("one thing at a time", { code: "invalid_request" });
};

const provision = async ({
  username: name,
  ...input
}: z.output<typeof deviceInput> & { username: string }): Promise<object> => {
  const { fleet, username: owner } = await findUser(name, needs);
  const { endpoint: _, ...device } = await addDevice(input, { fleet, owner }, needs);
  return { ...device, ca };
};
