import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { findUser } from "#shared/account/accounts.ts";
import { removeSecondFactor } from "#shared/account/mfa/enableSecondFactor.ts";
import { addProduct, productInput } from "#shared/account/product/addProduct.ts";
import type { Product } from "#shared/account/product/product.ts";
import { addSessionLink, sessionLinkInput } from "#shared/account/session/sessionLink.ts";
import { addToken, tokenInput } from "#shared/account/token/addToken.ts";
import { type Token, tokenId } from "#shared/account/token/token.ts";
import { userInput } from "#shared/account/user/addUser.ts";
import { isCanary } from "#shared/account/user/canaryUser.ts";
import { scryptPasswords } from "#shared/account/user/password.ts";
import { tokenRevocation, username } from "#shared/account/user/user.ts";
import { deploymentLog } from "#shared/audit/auditLog.ts";
import { auditInput, listAudit } from "#shared/audit/listAudit.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoApiUsers } from "#shared/aws/account/apiUsers.ts";
import { dynamoOAuthClients } from "#shared/aws/account/oauthClients.ts";
import { dynamoProductNames, dynamoProductStore } from "#shared/aws/account/productStore.ts";
import { dynamoSealedFactors, dynamoSecondFactors } from "#shared/aws/account/secondFactors.ts";
import { dynamoTeamHints, dynamoTeams } from "#shared/aws/account/teams.ts";
import { dynamoUserPages } from "#shared/aws/account/userRows.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import {
  dynamoIntegrationMatchers,
  dynamoSealedSecrets,
} from "#shared/aws/delivery/integrations.ts";
import { dynamoUsageLimits } from "#shared/aws/delivery/usageLimits.ts";
import { dynamoCertificates } from "#shared/aws/device/certificateStore.ts";
import { dynamoClaimCertificates } from "#shared/aws/device/claimCertificates.ts";
import { iotClaimRegistries } from "#shared/aws/device/claimRegistry.ts";
import { dynamoDeviceNames } from "#shared/aws/device/deviceNames.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoGroups } from "#shared/aws/device/groups.ts";
import { dynamoProvisioning } from "#shared/aws/device/provisioning.ts";
import { dynamoProvisionKeys } from "#shared/aws/device/provisionKeys.ts";
import { brokerAuthority, iotRegistries } from "#shared/aws/device/registry.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { rotateByDevice } from "#shared/call/commandDevice.ts";
import { canaryInput, provisionCanary } from "#shared/canary/provisionCanary.ts";
import type { Device } from "#shared/device/device.ts";
import { unclaimDevice } from "#shared/device/fleet/claimDevice.ts";
import { removeFromProduct } from "#shared/device/fleet/productDevices.ts";
import { releaseIfRemoved } from "#shared/device/fleet/releaseIfRemoved.ts";
import { remainingCapacity } from "#shared/device/fleetCapacity.ts";
import { addDevice, deviceInput, type Whose } from "#shared/device/provision/addDevice.ts";
import { fillInput, fillRegion } from "#shared/device/provision/fillRegion.ts";
import {
  claimCertificatesListedMax,
  claimClientPrefix,
  claimTemplateName,
} from "#shared/device/provision/limits.ts";
import {
  addClaim,
  alignClaims,
  type ChangedClaim,
  claimInput,
  endClaim,
} from "#shared/device/provision/manageClaims.ts";
import { provisionBatch, provisionBatchInput } from "#shared/device/provision/provisionBatch.ts";
import { effectiveRecord } from "#shared/device/registry/certificate.ts";
import {
  quarantineDevice,
  revokeCertificates,
} from "#shared/device/registry/changeCertificates.ts";
import { wholeNumber } from "#shared/input/wholeNumber.ts";
import { fillSecrets } from "#shared/integration/secret/sealedSecrets.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { adminPageMax } from "#shared/platform/limits.ts";
import { productDevicesReadMax } from "#shared/presence/limits.ts";
import { reconnectDevices, reconnectInput } from "#shared/presence/recovery/reconnectDevices.ts";
import {
  addUserByOperator,
  describeUser,
  namedUser,
  removeUser,
  switchUser,
  userSwitch,
} from "#shared/removal/administerUser.ts";
import { planRemoval, removeProduct } from "#shared/removal/removeProduct.ts";
import { adminIncidents } from "./edge/adminIncidents.ts";
import { openContacts } from "./edge/contacts.ts";
import { openFirmwareRemoval } from "./edge/firmwareRemoval.ts";
import { openAuditLog } from "./edge/globals.ts";
import { openLinks } from "./edge/links.ts";
import { logger } from "./edge/logger.ts";
import { answer, oneRequest } from "./edge/oneRequest.ts";
import { openOneTimeTokens } from "./edge/oneTimeTokens.ts";
import { recordAdmin } from "./edge/recordAdmin.ts";
import { openSecrets } from "./edge/secrets.ts";
import { tokenView } from "./edge/views/accountView.ts";
import { auditEntryView } from "./edge/views/auditView.ts";
import { planView, productView } from "./edge/views/productView.ts";

const names = env.admin.parse(process.env);
const tables = openTables();
const region = names.AWS_REGION;
const secrets = openSecrets(names);
const deps = {
  accounts: dynamoAccounts(tables, names.ACCOUNTS_TABLE),
  passwords: scryptPasswords(),
  names: dynamoProductNames(tables, names.ACCOUNTS_TABLE),
  secondFactors: dynamoSecondFactors(tables, names.ACCOUNTS_TABLE),
  oneTimeTokens: openOneTimeTokens(tables, names),
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  deviceNames: dynamoDeviceNames(tables, names.DEVICES_TABLE),
  registries: iotRegistries({ region, regions: names.REGIONS }, names.DEVICE_POLICY),
  provisioning: dynamoProvisioning(tables, names.DEVICES_TABLE, region),
  provisionKeys: dynamoProvisionKeys(tables, names.DEVICES_TABLE),
  certificates: dynamoCertificates(tables, names.DEVICES_TABLE, region),
  claims: dynamoClaimCertificates(tables, names.DEVICES_TABLE, names.AWS_REGION),
  claimRegistries: iotClaimRegistries(names.REGIONS, names.CLAIM_POLICY),
  users: dynamoUserPages(tables, names.ACCOUNTS_TABLE),
  clients: dynamoOAuthClients(tables, names.ACCOUNTS_TABLE),
  teams: dynamoTeams(tables, names.ACCOUNTS_TABLE),
  hints: dynamoTeamHints(tables, names.ACCOUNTS_TABLE),
  productStore: dynamoProductStore(tables, names.ACCOUNTS_TABLE),
  contacts: openContacts(tables, names.OPERATIONS_TABLE),
  links: openLinks(names).links,
  certificateDays: names.CERTIFICATE_DAYS,
  sealedFactors: dynamoSealedFactors(tables, names.ACCOUNTS_TABLE, secrets),
  sealedSecrets: dynamoSealedSecrets(tables, names.INTEGRATIONS_TABLE, secrets),
  broker: iotBroker(),
  regions: names.REGIONS,
  now: Date.now,
  onError: (what: string, error: unknown) => logger.warn(what, { error }),
};

/** Dependencies of the removal of a product. */
const removal = {
  ...deps,
  apiUsers: dynamoApiUsers(tables, names.ACCOUNTS_TABLE),
  release: (device: Device) => removeFromProduct(device, deps),
  groups: dynamoGroups(tables, names.FIRMWARE_TABLE),
  firmware: openFirmwareRemoval(names, { globals: tables, onError: deps.onError }),
  integrations: dynamoIntegrationMatchers(tables, names.INTEGRATIONS_TABLE),
  limits: dynamoUsageLimits(tables, names.INTEGRATIONS_TABLE),
  deadLetters: dynamoDeadLetters(tables, names.DEAD_LETTERS_TABLE, Date.now),
  wait: (ms: number) => wait(ms),
};

const ca = brokerAuthority(names.BROKER_CA);

const provision = async ({
  username: name,
  product: id,
  ...input
}: z.output<typeof provisionInput>): Promise<object> => {
  const { fleet, username: owner } = await findUser(name, deps);
  const product = id === undefined ? undefined : await deps.accounts.findProduct(id);
  if (id !== undefined && product?.owner !== owner) {
    throw new Failure(`${owner} has no product ${id}`, { code: "not_found" });
  }
  const whose = product ? { fleet: product.fleet, owner, product: product.id } : { fleet, owner };
  const { endpoint: _, ...device } = await addDevice(input, whose, deps);
  if (product) await releaseIfRemoved([device.id], product, deps);
  return { ...device, ca };
};

/** The fleet of a user, or of a product, whose owner then owns the devices. */
const findWhose = async ({ user, product: id }: z.output<typeof fleetInput>): Promise<Whose> => {
  if ((user === undefined) === (id === undefined)) {
    throw new Failure("name a user or a product, not both", { code: "invalid_request" });
  }
  if (user === undefined) {
    const { fleet, owner, id: product } = await productOf(id);
    return { fleet, owner, product };
  }
  const { fleet, username: owner } = await findUser(user, deps);
  return { fleet, owner };
};

/** `room`: the number of devices that can be added; absent for a product. */
const describeFleet = async (input: z.output<typeof fleetInput>): Promise<object> => {
  const whose = await findWhose(input);
  const room = whose.product === undefined ? await remainingCapacity(whose.fleet, deps) : undefined;
  return { ...whose, room };
};

const provisionMany = async ({
  devices,
  ...whose
}: z.output<typeof batchInput>): Promise<object> => {
  const found = await findWhose(whose);
  const results = await provisionBatch(devices, found, deps);
  const made = results.flatMap((result) => ("device" in result ? [result.device.id] : []));
  const { product: id, fleet } = found;
  if (id !== undefined) await releaseIfRemoved(made, { id, fleet }, deps);
  return { results, ca };
};

const productNumber = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const oneProduct = z.object({ product: productNumber });
const provisionInput = z.object({
  ...deviceInput.shape,
  username,
  product: z.optional(productNumber),
});
const fleetInput = z.object({ user: z.optional(username), product: z.optional(productNumber) });
const batchInput = z.extend(fleetInput, { devices: provisionBatchInput });
const productClaim = z.object({ ...claimInput.shape, ...oneProduct.shape });
const oneClaim = z.object({ id: z.string().check(z.maxLength(64)) });
const addOwnedProduct = z.object({ username, product: productInput });
const page = z.object({ after: z.optional(z.string().check(z.maxLength(1_000))) });
const tokensToRevoke = z.object({ username, id: z.optional(z.string().check(z.maxLength(100))) });
const devicesToList = z.extend(page, {
  user: z.optional(username),
  product: z.optional(productNumber),
});
const oneDevice = z.object({
  device: z.string().check(z.trim(), z.toLowerCase(), z.maxLength(64)),
});

const listUsers = async ({ after }: z.output<typeof page>): Promise<object> => {
  const { users, next } = await deps.users.page({ limit: adminPageMax, after });
  const people = users.filter(({ username }) => !isCanary(username));
  const rows = people.map(({ username, fleet, createdAt, disabled }) => ({
    username,
    fleet,
    created_at: createdAt,
    disabled: disabled === true,
  }));
  return { rows, next };
};

const listTokens = async (name: string): Promise<Token[]> => {
  const { username } = await findUser(name, deps);
  return deps.accounts.listTokens(username);
};

/** A token by its id; its text is not stored. */
const tokenRow = (token: Token) => {
  const { token: _, ...view } = tokenView(token);
  return view;
};

const revokeTokens = async ({
  username: name,
  id,
}: z.output<typeof tokensToRevoke>): Promise<object> => {
  const tokens = await listTokens(name);
  const meant = tokens.filter((token) => id === undefined || tokenId(token) === id);
  if (id !== undefined && meant.length === 0) {
    throw new Failure(`${name} has no token ${id}`, { code: "not_found" });
  }
  for (const { hash } of meant) await deps.accounts.removeToken(hash);
  if (id === undefined) {
    const { username } = await findUser(name, deps);
    await deps.accounts.changeUser(username, tokenRevocation(Date.now()));
    // Also revoke refresh tokens whose access tokens have expired.
    await deps.accounts.removeTokens(username);
  }
  return { username: name, revoked: meant.length };
};

const listDevices = async (input: z.output<typeof devicesToList>): Promise<object> => {
  const { user, product: id, after } = input;
  if (user === undefined && id === undefined) {
    const { devices, next } = await deps.devices.page({
      limit: adminPageMax,
      ...(after && { after }),
    });
    return { rows: deviceRows(devices), next };
  }
  if (user !== undefined && id !== undefined) {
    throw new Failure("name a user or a product, not both", { code: "invalid_request" });
  }
  const whose = user === undefined ? await productOf(id) : await findUser(user, deps);
  const devices = await deps.devices.list(whose.fleet, productDevicesReadMax);
  return { rows: devices.map(deviceRow) };
};

const productOf = async (id: number | undefined): Promise<Product> => {
  const product = id === undefined ? undefined : await deps.accounts.findProduct(id);
  if (product === undefined) throw new Failure(`there is no product ${id}`, { code: "not_found" });
  return product;
};

/** The product to remove, also while its removal is in progress. */
const productToRemove = async (id: number): Promise<Product> => {
  const product = await deps.accounts.findProduct(id, { removed: true });
  if (product === undefined) throw new Failure(`there is no product ${id}`, { code: "not_found" });
  return product;
};

const showRemoval = async (id: number): Promise<object> => {
  const product = await productToRemove(id);
  const { name, owner } = product;
  return { product: id, name, owner, ...planView(await planRemoval(product, removal)) };
};

/** The operator has confirmed the plan: the admin tool requires `--yes`. */
const removeOneProduct = async (id: number): Promise<object> => {
  const product = await productToRemove(id);
  const by = { username: "operator", fleet: "" };
  return removeProduct({ confirm: String(id), release_devices: true }, { product, by }, removal);
};

/** Without the devices of canaries, which no customer has. */
const deviceRows = (devices: readonly Device[]) =>
  devices.filter(({ owner = "" }) => !isCanary(owner)).map(deviceRow);

const deviceRow = ({ id, name, owner, product, fleet, createdAt }: Device) => ({
  id,
  name: name ?? null,
  owner: owner ?? null,
  product: product ?? null,
  fleet,
  created_at: createdAt,
});

const deviceOf = async (id: string): Promise<Device> => {
  const device = await deps.devices.find(id);
  if (device === undefined) throw new Failure(`there is no device ${id}`, { code: "not_found" });
  return device;
};

const isoTime = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

/** A device and its valid certificates. */
const certificatesOf = async (id: string): Promise<object> => {
  const device = await deviceOf(id);
  const record = await deps.certificates.find(id);
  const known = record && effectiveRecord(record, Date.now());
  const valid = [known?.current, known?.next].filter((one) => one !== undefined);
  return {
    ...deviceRow(device),
    certificates: valid.map((one) => ({
      id: one.id,
      issued_at: isoTime(one.issuedAt),
      expires_at: isoTime(one.expiresAt),
    })),
    regions: names.REGIONS,
    can_be_undone: false,
  };
};

const removeDevice = async (id: string): Promise<object> => {
  const device = await deviceOf(id);
  // The certificates first: a removed device that can still connect could not be blocked.
  await revokeCertificates(device, deps).catch((error: unknown) => {
    // A device of an earlier version has no certificate record.
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  });
  await unclaimDevice(device, deps);
  return { device: id, removed: true };
};

const canaryDeps = {
  ...deps,
  region,
  newPassword: () => randomBytes(24).toString("base64url"),
  removeDevice,
};

const claimView = ({ claim, pending }: ChangedClaim) => ({
  id: claim.id,
  product: claim.product,
  prefix: claim.prefix ?? null,
  created_at: new Date(claim.createdAt).toISOString(),
  ended_at: claim.endedAt === undefined ? null : new Date(claim.endedAt).toISOString(),
  pending_regions: pending,
});

const newClaim = async ({
  product: number,
  ...input
}: z.output<typeof productClaim>): Promise<object> => {
  const product = await productOf(number);
  const { endpoints, ...changed } = await addClaim(input, product, deps);
  return {
    ...claimView(changed),
    certificate: changed.claim.pem,
    ca,
    endpoints,
    template: claimTemplateName,
    clientPrefix: claimClientPrefix,
  };
};

const describeClaim = async (id: string): Promise<object> => {
  const claim = await deps.claims.find(id);
  if (claim === undefined) {
    throw new Failure(`there is no claim certificate ${id}`, { code: "not_found" });
  }
  return claimView({ claim, pending: [] });
};

const auditLog = openAuditLog(names, names.AUDIT_TABLE);

/** The fleet of the user, the product or the device that a request names, if it exists. */
const findFleet = async (input: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
  const name = input.username ?? input.user;
  if (typeof input.product === "number") {
    return (await deps.accounts.findProduct(input.product, { removed: true }))?.fleet;
  }
  if (typeof input.device === "string") return (await deps.devices.find(input.device))?.fleet;
  return typeof name === "string" ? (await deps.accounts.findUser(name))?.fleet : undefined;
};

const change = recordAdmin({ log: auditLog, now: Date.now, findFleet });

const switched =
  (kind: "user" | "device") =>
  ({ disabled }: { disabled: boolean }) =>
    disabled ? (`${kind}.disable` as const) : (`${kind}.enable` as const);

const auditToList = z.extend(fleetInput, {
  ...auditInput.shape,
  /** The id of a fleet, also of a user or a product that was removed. */
  fleet: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
});

/** The audit log of a user, of a product, or, without one, of the deployment. */
const listEntries = async ({
  user,
  product,
  fleet: id = deploymentLog,
  ...input
}: z.output<typeof auditToList>): Promise<object> => {
  const isNamed = user !== undefined || product !== undefined;
  const fleet = isNamed ? (await findWhose({ user, product })).fleet : id;
  const { entries, cursor } = await listAudit(fleet, input, { log: auditLog, now: Date.now });
  return { rows: entries.map(auditEntryView), next: cursor };
};

/**
 * The admin function. Its caller needs the IAM permission to invoke it. It creates the first user
 * and prepares new regions.
 */
export const handler = oneRequest({
  addUser: change(
    "user.create",
    userInput,
    (input, announce) => addUserByOperator(input, { ...deps, announce }),
    { announces: true },
  ),
  disableSecondFactor: change(
    "user.disable_mfa",
    z.object({ username }),
    async ({ username: name }) => {
      const user = await findUser(name, deps);
      await removeSecondFactor(user.fleet, deps);
      return { username: user.username, mfa: { enabled: false } };
    },
  ),
  listUsers: answer(page, listUsers),
  describeUser: answer(namedUser, ({ username }) => describeUser(username, adminPageMax, deps)),
  switchUser: change(switched("user"), userSwitch, (input) => switchUser(input, deps)),
  removeUser: change("user.remove", namedUser, ({ username }) => removeUser(username, deps)),
  addToken: change("token.create", tokenInput, (input) => addToken(input, deps)),
  addSessionLink: change("session.link", sessionLinkInput, async (input) => {
    const { username, code, expiresAt } = await addSessionLink(input, deps);
    return { username, path: `console/#code=${code}`, code, expires_at: isoTime(expiresAt) };
  }),
  listTokens: answer(namedUser, async ({ username }) => ({
    rows: (await listTokens(username)).map(tokenRow),
  })),
  revokeTokens: change("token.revoke", tokensToRevoke, revokeTokens),
  addProduct: change("product.create", addOwnedProduct, async ({ username: name, product }) => {
    const owner = await findUser(name, deps);
    return productView(await addProduct(product, owner, deps), "owner");
  }),
  listProducts: answer(namedUser, async ({ username: name }) => {
    const { username: owner } = await findUser(name, deps);
    const products = await deps.accounts.listProducts(owner);
    return { rows: products.map(({ id, name, fleet }) => ({ id, name, fleet })) };
  }),
  planProductRemoval: answer(oneProduct, ({ product }) => showRemoval(product)),
  removeProduct: change("product.remove", oneProduct, ({ product }) => removeOneProduct(product)),
  addCanary: answer(canaryInput, (input) => provisionCanary(input, canaryDeps)),
  addDevice: change("device.create", provisionInput, provision),
  listAudit: answer(auditToList, listEntries),
  describeFleet: answer(fleetInput, describeFleet),
  addDevices: change("device.create", batchInput, provisionMany),
  listDevices: answer(devicesToList, listDevices),
  describeDevice: answer(oneDevice, async ({ device }) => deviceRow(await deviceOf(device))),
  switchDevice: change(
    switched("device"),
    z.extend(oneDevice, { disabled: z.boolean() }),
    async ({ device, disabled }) => {
      const { pending } = await quarantineDevice(await deviceOf(device), disabled, deps);
      return { device, disabled, pending_regions: pending };
    },
  ),
  revokeDevice: change("certificate.revoke", oneDevice, async ({ device }) => {
    const { record, pending } = await revokeCertificates(await deviceOf(device), deps);
    return { device, revoked_at: isoTime(record.revokedAt), pending_regions: pending };
  }),
  describeCertificates: answer(oneDevice, ({ device }) => certificatesOf(device)),
  rotateDevice: change("certificate.rotate", oneDevice, async ({ device }) => {
    await rotateByDevice((await deviceOf(device)).id, deps);
    return { device, asked: true };
  }),
  removeDevice: change("device.remove", oneDevice, ({ device }) => removeDevice(device)),
  addClaim: change("claim_certificate.create", productClaim, newClaim),
  listClaims: answer(oneProduct, async ({ product }) => {
    const claims = await deps.claims.list(product, claimCertificatesListedMax);
    // Certificates of a removed product are still listed.
    if (claims.length === 0) await productOf(product);
    return { rows: claims.map((claim) => claimView({ claim, pending: [] })) };
  }),
  describeClaim: answer(oneClaim, ({ id }) => describeClaim(id)),
  endClaim: change("claim_certificate.end", oneClaim, async ({ id }) =>
    claimView(await endClaim(id, deps)),
  ),
  alignClaims: change("claim_certificate.align", oneProduct, async ({ product }) => {
    const aligned = await alignClaims(product, deps);
    if (aligned.length === 0) await productOf(product);
    return { rows: aligned.map(claimView) };
  }),
  fillRegion: change("region.fill", fillInput, (input) => fillRegion(input, deps)),
  fillSecrets: change("region.fill", fillInput, (input) => fillSecrets(input, deps)),
  fillSecondFactors: change("region.fill", fillInput, (input) =>
    fillSecrets(input, { ...deps, sealedSecrets: deps.sealedFactors }),
  ),
  ...adminIncidents(tables, { table: names.OPERATIONS_TABLE, regions: names.REGIONS, change }),
  reconnectDevices: change("device.reconnect", reconnectInput, (input) =>
    reconnectDevices(input, deps),
  ),
});
