import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { withCallSlot, withSlot } from "#shared/account/caller/acquireSlot.ts";
import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import type { Product } from "#shared/account/product/product.ts";
import { apiTimeoutSeconds } from "#shared/api/limits.ts";
import { dynamoCertificates } from "#shared/aws/device/certificateStore.ts";
import { dynamoClaimCodes } from "#shared/aws/device/claimCodes.ts";
import { dynamoDeviceNames } from "#shared/aws/device/deviceNames.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoGroups } from "#shared/aws/device/groups.ts";
import { dynamoProvisioning } from "#shared/aws/device/provisioning.ts";
import { dynamoProvisionKeys } from "#shared/aws/device/provisionKeys.ts";
import { brokerAuthority, iotRegistries } from "#shared/aws/device/registry.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { dynamoKeyDocuments } from "#shared/aws/firmware/keyDocuments.ts";
import { openBuckets, openTables } from "#shared/aws/platform/clients.ts";
import { dynamoDeviceOrders } from "#shared/aws/presence/deviceOrders.ts";
import { s3HeartbeatProfiles } from "#shared/aws/presence/heartbeatProfiles.ts";
import { dynamoPresenceHistory } from "#shared/aws/presence/presenceHistory.ts";
import { dynamoSessionRecoveries } from "#shared/aws/presence/sessionRecoveries.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoVitals } from "#shared/aws/presence/vitals.ts";
import { dynamoEnrolments } from "#shared/aws/release/enrolments.ts";
import { dynamoReleaseFacts } from "#shared/aws/release/releaseFacts.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import {
  pingDevice,
  requestVitals,
  rotateByDevice,
  signalDevice,
} from "#shared/call/commandDevice.ts";
import { unclaimedFleet } from "#shared/device/device.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { claimDevice, notClaimable } from "#shared/device/fleet/claimDevice.ts";
import {
  addToProduct,
  claimForProduct,
  removeFromProduct,
} from "#shared/device/fleet/productDevices.ts";
import { releaseIfRemoved } from "#shared/device/fleet/releaseIfRemoved.ts";
import {
  canClaim,
  clearGivenUp,
  giveUpDevice,
  newClaimCode,
} from "#shared/device/fleet/verifyClaim.ts";
import { devicesPerFleetListedMax } from "#shared/device/limits.ts";
import { newDeviceOwner } from "#shared/device/provision/addDevice.ts";
import { findEndpoints } from "#shared/device/provision/endpoints.ts";
import { idempotencyKey, provisionOnce } from "#shared/device/provision/provisionOnce.ts";
import { quarantineDevice } from "#shared/device/registry/changeCertificates.ts";
import { readInput } from "#shared/input/readInput.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import {
  requireVersion,
  versionOfRevision,
  withExpectedVersions,
} from "#shared/platform/version.ts";
import { needsStates } from "#shared/presence/devicePage.ts";
import { type DeviceState, deviceState } from "#shared/presence/deviceState.ts";
import { readsFleet } from "#shared/presence/list/listByOrder.ts";
import { listDevicePage } from "#shared/presence/list/listDevicePage.ts";
import type { DeviceListInput } from "#shared/presence/list/listQuery.ts";
import { listDevices, listProductDevices } from "#shared/presence/listDevices.ts";
import { listPresence } from "#shared/presence/listPresence.ts";
import { findProfile } from "#shared/presence/recovery/findProfile.ts";
import { resolveOwners } from "#shared/presence/resolveOwners.ts";
import { releasedVersions } from "#shared/release/releasedVersions.ts";
import { targetVersion } from "#shared/release/targetVersion.ts";
import { certificateRoutes } from "#shared/routes/certificateRoutes.ts";
import { type ClaimProof, deviceRoutes, type ProvisionInput } from "#shared/routes/deviceRoutes.ts";
import { groupRoutes } from "#shared/routes/groupRoutes.ts";
import { vitalsRoutes } from "#shared/routes/vitalsRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api, type Origin } from "./edge/http/api.ts";
import { certificateEndpoints } from "./edge/http/certificateEndpoints.ts";
import { changeDeviceEndpoint } from "./edge/http/changeDevice.ts";
import { groupEndpoints } from "./edge/http/groupEndpoints.ts";
import { noContent, Status, Versioned } from "./edge/http/reply.ts";
import { vitalsEndpoints } from "./edge/http/vitalsEndpoints.ts";
import { openLinks } from "./edge/links.ts";
import { openSlots } from "./edge/slots.ts";
import { certificateRecordView } from "./edge/views/certificateView.ts";
import {
  addedView,
  deviceDetails,
  deviceView,
  heartbeatView,
  presenceView,
  productDeviceView,
  provisionedView,
  recoveryView,
} from "./edge/views/deviceView.ts";

const names = env.devices.parse(process.env);
const { globals, accounts, withToken } = openCallers(names, {
  states: {
    device: async (id, { fleet }) => {
      const { updatedAt: _, revision: __, ...shown } = await findDevice(fleet, id, { devices });
      return shown;
    },
    group: async (name, { product }) => product && groups.find(product.id, name),
  },
});
const now = Date.now;
const region = names.AWS_REGION;
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const groups = dynamoGroups(globals, names.FIRMWARE_TABLE);
const recoveries = dynamoSessionRecoveries(globals, names.SESSIONS_TABLE, now);
const history = dynamoPresenceHistory(globals, names.SESSIONS_TABLE, now);
const deps = {
  devices,
  groups,
  versions: dynamoFirmwareVersions(globals, names.FIRMWARE_TABLE),
  keyDocuments: dynamoKeyDocuments(globals, names.FIRMWARE_TABLE),
  releases: dynamoReleases(globals, names.FIRMWARE_TABLE),
  facts: dynamoReleaseFacts(globals, names.FIRMWARE_TABLE),
  enrolments: dynamoEnrolments(globals, names.FIRMWARE_TABLE),
  region,
  vitals: dynamoVitals(globals, names.FIRMWARE_TABLE),
  deviceNames: dynamoDeviceNames(globals, names.DEVICES_TABLE),
  provisionKeys: dynamoProvisionKeys(globals, names.DEVICES_TABLE),
  sessions: dynamoSessions(globals, names.SESSIONS_TABLE, { region, regions: names.REGIONS }),
  registries: iotRegistries({ region, regions: names.REGIONS }, names.DEVICE_POLICY),
  provisioning: dynamoProvisioning(globals, names.DEVICES_TABLE, region),
  certificates: dynamoCertificates(globals, names.DEVICES_TABLE, region),
  certificateDays: names.CERTIFICATE_DAYS,
  claimCodes: dynamoClaimCodes(globals, names.DEVICES_TABLE),
  orders: dynamoDeviceOrders(openTables(), names.SLOTS_TABLE, Date.now),
  ...openLinks(names),
  now,
  newId: () => randomBytes(9).toString("base64url"),
};
const ca = brokerAuthority(names.BROKER_CA);

type Routes = typeof deviceRoutes;

const idempotencyHeader = z.object({ "Idempotency-Key": z.optional(idempotencyKey) });

const slotDeps = openSlots(names, accounts);

/** A list that reads the whole fleet occupies a slot of its user. */
const withReadSlot = <Done>(caller: Caller, read: () => Promise<Done>): Promise<Done> =>
  withSlot("reads", caller, { lifeMs: apiTimeoutSeconds * 1_000, deps: slotDeps }, read);

/** A page of a list with a cursor. */
const pageOf = async <Body>(
  list: DeviceListInput,
  caller: Caller,
  view: (state: DeviceState, isQuarantined: boolean) => Body,
): Promise<{ devices: Body[]; cursor?: string }> => {
  const { fleet, username, product } = caller;
  const read = () => listDevicePage(fleet, list, deps);
  const { states, cursor } = await (readsFleet(list) ? withReadSlot(caller, read) : read());
  const named = await resolveOwners(states, { accounts, username, product });
  const quarantined = await quarantinedOf(named);
  const shown = named.map((state) => view(state, quarantined.has(state.device.id)));
  return { devices: shown, ...(cursor !== undefined && { cursor }) };
};

/** Views devices of a product with the versions that they should run. */
const openProductView = async (product: Product | undefined) => {
  const versions = product === undefined ? [] : await deps.versions.list(product.id);
  const released = releasedVersions(versions);
  return (state: DeviceState, isQuarantined: boolean) =>
    productDeviceView(state, isQuarantined, targetVersion(state.device, released));
};

const listDevicesOfUser = withToken<Routes["listDevices"]>(async (input, caller) => {
  if (input.list !== undefined) return pageOf(input.list, caller, deviceView);
  const { fleet, username, product } = caller;
  const states = await listDevices(fleet, input, deps);
  const named = await resolveOwners(states, { accounts, username, product });
  const quarantined = await quarantinedOf(named);
  return named.map((state) => deviceView(state, quarantined.has(state.device.id)));
});

const stateOf = async (
  idOrName: string,
  { fleet, username, product }: Caller,
): Promise<DeviceState> => {
  const state = await deviceState(await findDevice(fleet, idOrName, { devices }), deps);
  const [named = state] = await resolveOwners([state], { accounts, username, product });
  return named;
};

/** A device with its functions, its variables and its certificate. */
const detailsOf = async (state: DeviceState) => {
  const certificate = certificateRecordView(await deps.certificates.find(state.device.id), now());
  const isQuarantined = Boolean(certificate?.quarantined_at);
  return { ...deviceDetails(state, isQuarantined), certificate };
};

const quarantinedOf = async (states: readonly DeviceState[]): Promise<ReadonlySet<string>> => {
  const records = await deps.certificates.list(states.map(({ device }) => device.id));
  const quarantined = records.filter(({ quarantinedAt }) => quarantinedAt !== undefined);
  return new Set(quarantined.map(({ device }) => device));
};

const showDevice = withToken<Routes["showDevice"]>(async ({ device }, caller) => {
  const state = await stateOf(device, caller);
  return new Versioned(await detailsOf(state), versionOfRevision(state.device));
});

/**
 * A message to a device occupies a call slot: without a confirmation it takes as long as a slow
 * call.
 */
const withDeviceSlot = <Done>(caller: Caller, send: () => Promise<Done>): Promise<Done> =>
  withCallSlot(caller, { lifeMs: apiTimeoutSeconds * 1_000, deps: slotDeps }, send);

const certificates = certificateEndpoints(withToken, {
  ...deps,
  ca,
  requestRotation: (caller, device) => withDeviceSlot(caller, () => rotateByDevice(device, deps)),
});

const diagnostics = vitalsEndpoints(withToken, {
  ...deps,
  requestVitals: (caller, device) => withDeviceSlot(caller, () => requestVitals(device, deps)),
});

const ping = withToken<Routes["pingDevice"]>(async ({ device }, caller) => {
  const { id } = await findDevice(caller.fleet, device, { devices });
  return { ok: true, online: await withDeviceSlot(caller, () => pingDevice(id, deps)) };
});

const change = changeDeviceEndpoint(withToken, {
  ...deps,
  signal: (caller, device, on) => withDeviceSlot(caller, () => signalDevice(device, on, deps)),
});

/**
 * Provisions a device for the user, or for a product as Particle's clients do, or claims a device
 * by its id.
 */
const addDevice = withToken<Routes["addDevice"]>(async (input, caller, origin) => {
  if ("id" in input) {
    const { id } = await claim(input, caller);
    return { ok: true, id, deviceID: id, claimed: true };
  }
  return provisionNew(input, caller, origin);
});

/**
 * Provisions a device, or returns the device of an earlier request with the same idempotency key.
 */
const provisionNew = async (
  wanted: ProvisionInput,
  caller: Caller,
  { idempotencyKey: header }: Origin,
): Promise<Status> => {
  const key =
    wanted.idempotency_key ??
    readInput(idempotencyHeader, { "Idempotency-Key": header })["Idempotency-Key"];
  const { name, csr } = wanted;
  const input = { ...(name !== undefined && { name }), ...(csr !== undefined && { csr }) };
  const made = await provisionOnce(input, newDeviceOwner(caller), { ...deps, key });
  if (caller.product) await releaseIfRemoved([made.id], caller.product, { ...deps, accounts });
  return new Status(made.isRepeat ? 200 : 201, provisionedView(made, ca));
};

const proofOf = ({ claim_code: code, signature }: ClaimProof) => ({
  code,
  signature,
});

/** Claims a device for the user's own fleet. With a token of a product, adds it to the product. */
const claim = async (
  { id, ...given }: { id: string } & ClaimProof,
  { username, fleet, token, product }: Caller,
) => {
  const isProved = () => canClaim(id, fleet, proofOf(given), deps);
  if (product === undefined) {
    const isUnclaimed = (await devices.find(id))?.fleet === unclaimedFleet(id);
    if (isUnclaimed && !(await isProved())) throw notClaimable();
    await claimDevice(id, { username, fleet }, deps);
  } else {
    await claimForProduct(id, { product, from: token.fleet, canClaim: isProved }, deps);
    await releaseIfRemoved([id], product, { ...deps, accounts });
  }
  await clearGivenUp({ id, fleet }, deps);
  return { id };
};

/** Creates a claim code. `device_ids` are the caller's devices, as Particle's clients expect. */
const createClaimCode = withToken<Routes["createClaimCode"]>(async (_, { fleet }) => {
  const owned = await devices.list(fleet, devicesPerFleetListedMax);
  return { claim_code: await newClaimCode(fleet, deps), device_ids: owned.map(({ id }) => id) };
});

/** Removes a device from the caller's fleet. With a token of a product, its owner keeps it. */
const removeDevice = withToken<Routes["removeDevice"]>(
  async ({ device, ...given }, { fleet, product }, { expected }) => {
    const found = await findDevice(fleet, device, { devices });
    requireVersion(expected, versionOfRevision(found));
    const keepCertificate = given.keep_certificate ?? false;
    await withExpectedVersions(expected, () =>
      product === undefined
        ? giveUpDevice(found, { keepCertificate }, deps)
        : removeFromProduct(found, { ...deps, accounts }),
    );
    return { ok: true };
  },
);

const listDevicesOfProduct = withToken<Routes["listProductDevices"]>(async (input, caller) => {
  const { fleet, username, product } = caller;
  const view = await openProductView(product);
  if (input.list !== undefined) return pageOf(input.list, caller, view);
  const read = () => listProductDevices(fleet, input, deps);
  const { states, pages } = await (needsStates(input) ? withReadSlot(caller, read) : read());
  const named = await resolveOwners(states, { accounts, username, product });
  const quarantined = await quarantinedOf(named);
  return {
    devices: named.map((state) => view(state, quarantined.has(state.device.id))),
    customers: [],
    meta: { total_pages: pages },
  };
});

const showProductDevice = withToken<Routes["showProductDevice"]>(async ({ device }, caller) => {
  const state = await stateOf(device, caller);
  const [details, view] = await Promise.all([detailsOf(state), openProductView(caller.product)]);
  const shown = { ...view(state, details.quarantined), ...details };
  return new Versioned(shown, versionOfRevision(state.device));
});

const addProductDevices = withToken<Routes["addProductDevices"]>(async (input, caller, origin) => {
  const { token, product } = caller;
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  if ("provision" in input) return provisionNew(input, caller, origin);
  const isProved = (id: string) => canClaim(id, product.fleet, {}, deps);
  const whose = { product, from: token.fleet, canClaim: isProved };
  const outcome = await addToProduct(input, whose, deps);
  await releaseIfRemoved(outcome.added, product, { ...deps, accounts });
  for (const id of [...outcome.added, ...outcome.existing]) {
    await clearGivenUp({ id, fleet: product.fleet }, deps);
  }
  return addedView(outcome);
});

/**
 * Returns a device of a product to its owner. With `deny` it is in quarantine, which the owner can
 * end.
 */
const removeProductDevice = withToken<Routes["removeProductDevice"]>(
  async ({ device, deny: isDenied }, { fleet }, { expected }) => {
    const found = await findDevice(fleet, device, { devices });
    requireVersion(expected, versionOfRevision(found));
    // Before the removal: after a crash between the two, the request can be repeated.
    if (isDenied) await quarantineDevice(found, true, deps);
    await withExpectedVersions(expected, () => removeFromProduct(found, { ...deps, accounts }));
    return noContent;
  },
);

const listDeviceRecoveries = withToken<Routes["listDeviceRecoveries"]>(
  async ({ device: idOrName, ...wanted }, { fleet }) => {
    const { id } = await findDevice(fleet, idOrName, { devices });
    const found = await recoveries.ofDevice(id, wanted);
    // Recoveries in another fleet belong to that fleet.
    const own = found.recoveries.filter((recovery) => recovery.fleet === fleet);
    return { recoveries: own.map(recoveryView), next: found.next ?? null };
  },
);

const listPresenceOf = withToken<Routes["listPresence"]>(
  async ({ device, ...wanted }, { fleet }) => {
    const { id } = await findDevice(fleet, device, { devices });
    const { changes, cursor } = await listPresence({ id, fleet }, wanted, { history });
    return { changes: changes.map(presenceView), ...(cursor !== undefined && { cursor }) };
  },
);

const profiles = s3HeartbeatProfiles(openBuckets(), names.RECORDS_BUCKET);

const showHeartbeat = withToken<Routes["showHeartbeat"]>(async ({ device }, caller) => {
  const { id } = await findDevice(caller.fleet, device, { devices });
  // An object has the profiles of an eighth of all devices.
  const found = await withReadSlot(caller, () => findProfile(id, { profiles }));
  return heartbeatView(found, region);
});

const listRecoveries = withToken<Routes["listRecoveries"]>(async (wanted, { fleet }) => {
  const found = await recoveries.ofFleet(fleet, wanted);
  return { recoveries: found.recoveries.map(recoveryView), next: found.next ?? null };
});

/** The MQTT endpoints of all regions, including regions that were added later. */
const listEndpoints = withToken<Routes["listEndpoints"]>(async () => ({
  endpoints: await findEndpoints(deps.registries, deps),
}));

export const handler = api(
  { ...deviceRoutes, ...certificateRoutes, ...groupRoutes, ...vitalsRoutes },
  {
    ...certificates,
    ...groupEndpoints(withToken, deps),
    ...diagnostics,
    listDevices: listDevicesOfUser,
    listProductDevices: listDevicesOfProduct,
    addDevice,
    addProductDevices,
    showDevice,
    showProductDevice,
    changeDevice: change,
    removeDevice,
    removeProductDevice,
    pingDevice: ping,
    listDeviceRecoveries,
    listPresence: listPresenceOf,
    showHeartbeat,
    listRecoveries,
    createClaimCode,
    listEndpoints,
  },
);
