import * as z from "zod/mini";
import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { type Product, productSlug } from "#shared/account/product/product.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoGroups } from "#shared/aws/device/groups.ts";
import { dynamoFirmwareHistory } from "#shared/aws/firmware/firmwareHistory.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { dynamoImageReferences } from "#shared/aws/firmware/imageReferences.ts";
import { s3Images } from "#shared/aws/firmware/images.ts";
import { dynamoKeyDocuments } from "#shared/aws/firmware/keyDocuments.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { crossRegionRetry, openTables } from "#shared/aws/platform/clients.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoEnrolments } from "#shared/aws/release/enrolments.ts";
import { dynamoReleaseFacts } from "#shared/aws/release/releaseFacts.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { publishEvent } from "#shared/event/publishEvent.ts";
import {
  describeFirmware,
  findFirmware,
  removeFirmware,
  replaceManifest,
} from "#shared/firmware/changeFirmware.ts";
import { countDevices } from "#shared/firmware/countDevices.ts";
import { readExposure } from "#shared/firmware/exposure.ts";
import type { FirmwareVersion } from "#shared/firmware/firmwareVersion.ts";
import { listFirmwareChanges } from "#shared/firmware/listFirmwareChanges.ts";
import { releaseFirmware } from "#shared/firmware/releaseFirmware.ts";
import { readRollout } from "#shared/firmware/rollout.ts";
import { currentKeys } from "#shared/firmware/signing/keyDocument.ts";
import { planKeys, registerKeys } from "#shared/firmware/signing/registerKeys.ts";
import { uploadFirmware } from "#shared/firmware/uploadFirmware.ts";
import { readCursor, writeCursor } from "#shared/input/cursor.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { versionOfRevision } from "#shared/platform/version.ts";
import { releaseToAssigned, requireAssignable } from "#shared/release/releaseToAssigned.ts";
import { firmwareHistoryRoutes, rowsOf } from "#shared/routes/firmwareHistoryRoutes.ts";
import { firmwareRoutes } from "#shared/routes/firmwareRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";
import { Csv } from "./edge/http/csv.ts";
import { noContent, Status, Versioned } from "./edge/http/reply.ts";
import { logger } from "./edge/logger.ts";
import {
  exposedDeviceView,
  exposureColumns,
  firmwareChangeView,
  fixedDeviceView,
  rolloutColumns,
  tableOf,
} from "./edge/views/exposureView.ts";
import {
  changedFirmwareView,
  type FirmwareContext,
  firmwareView,
  releasedView,
  signingKeysView,
} from "./edge/views/firmwareView.ts";

const names = env.firmware.parse(process.env);
const { AWS_REGION: region, REGIONS: regions, FIRMWARE_TABLE } = names;
const { globals, withToken } = openCallers(names, {
  states: {
    firmware: async (id, caller) => {
      const firmware = await versions.find(productOf(caller).id, Number(id));
      return firmware && firmwareView(firmware, { versions: [firmware], counts: new Map() });
    },
  },
});
const onError = (what: string, error: unknown): void => logger.warn(what, { error });
const versions = dynamoFirmwareVersions(globals, FIRMWARE_TABLE);
const elsewhere = regions
  .filter((other) => other !== region)
  .map((other) => openTables(crossRegionRetry, other));
const deps = {
  versions,
  keyDocuments: dynamoKeyDocuments(globals, FIRMWARE_TABLE),
  references: dynamoImageReferences({ here: openTables(), elsewhere }, FIRMWARE_TABLE),
  images: s3Images({ region, regions, prefix: names.FIRMWARE_BUCKET_PREFIX }, onError),
  devices: dynamoDevices(globals, names.DEVICES_TABLE),
  sessions: dynamoSessions(globals, names.SESSIONS_TABLE, { region, regions }),
  history: dynamoFirmwareHistory(globals, FIRMWARE_TABLE),
  groups: dynamoGroups(globals, FIRMWARE_TABLE),
  releases: dynamoReleases(globals, FIRMWARE_TABLE),
  facts: dynamoReleaseFacts(globals, FIRMWARE_TABLE),
  enrolments: dynamoEnrolments(globals, FIRMWARE_TABLE),
  region,
  broker: iotBroker(),
  now: Date.now,
  onError,
};

/** The product that the path names: `authenticateCaller` has found it. */
const productOf = ({ product }: Caller): Product => {
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  return product;
};

const keyOf = (caller: Caller, version: number) => ({ product: productOf(caller).id, version });

const contextOf = async (caller: Caller): Promise<FirmwareContext> => {
  const [all, counts] = await Promise.all([
    versions.list(productOf(caller).id),
    countDevices(caller.fleet, deps),
  ]);
  return { versions: all, counts };
};

const changed = async (firmware: FirmwareVersion, caller: Caller) =>
  changedFirmwareView(firmware, await contextOf(caller));

/** An event of the product. It is not part of the change: a failure is only logged. */
const announce = async (caller: Caller, name: string, data: object): Promise<void> => {
  try {
    await publishEvent(caller.fleet, { name, data: JSON.stringify(data) }, deps);
  } catch (error) {
    onError(`the event ${name} was not published`, error);
  }
};

/** The position in an exposure: a row of the history. */
const exposurePosition = z.string();

const rolloutPosition = z.object({ version: z.int(), after: z.optional(z.string()) });

const routes = { ...firmwareRoutes, ...firmwareHistoryRoutes };

export const handler = api(routes, {
  listFirmware: withToken(async (_, caller) => {
    const context = await contextOf(caller);
    return context.versions.map((each) => firmwareView(each, context));
  }),
  uploadFirmware: withToken(async (input, caller) => {
    const by = caller.username;
    const stored = await uploadFirmware(input, { product: productOf(caller), by }, deps);
    await announce(caller, "particle/firmware/create", { version: String(stored.version) });
    return new Status(201, await changed(stored, caller));
  }),
  listSigningKeys: withToken(async (_, caller) => {
    const { id } = productOf(caller);
    const documents = await deps.keyDocuments.list(id);
    const current = currentKeys(id, documents);
    return { documents, current: current === undefined ? null : signingKeysView(current) };
  }),
  registerSigningKeys: withToken(async ({ plan, ...input }, caller) => {
    const product = productOf(caller);
    if (plan !== true) {
      const keys = signingKeysView(await registerKeys(input, product, deps));
      return new Status(201, { ok: true, keys });
    }
    const { current, next, unusable } = await planKeys(input.document, product, deps);
    return new Status(200, {
      ok: true,
      plan: {
        current: current === undefined ? null : signingKeysView(current),
        next: signingKeysView(next),
        unusable_versions: unusable,
      },
      confirm: current === undefined ? productSlug(product) : null,
    });
  }),
  releaseFirmware: withToken(async (input, caller) => {
    const release = {
      productDefault: input.product_default,
      groups: input.groups,
      intelligent: input.intelligent,
      at: deps.now(),
    };
    const key = keyOf(caller, input.version);
    const of = { product: productOf(caller), by: caller.username };
    await requireAssignable(release, of, deps);
    const firmware = await releaseFirmware(key, { ...release, fleet: caller.fleet }, deps);
    const assigned = { ...key, ...release, immediate: input.intelligent };
    await releaseToAssigned(assigned, of, deps);
    await announce(caller, "particle/firmware/release", {
      immediate: input.intelligent,
      version: input.version,
    });
    return releasedView(firmware, release);
  }),
  showFirmware: withToken(async ({ version }, caller) => {
    const firmware = await findFirmware(keyOf(caller, version), deps);
    const view = firmwareView(firmware, await contextOf(caller));
    return new Versioned(view, versionOfRevision(firmware));
  }),
  changeFirmware: withToken(async ({ version, ...given }, caller, { expected }) => {
    const key = keyOf(caller, version);
    const firmware = await describeFirmware(key, { ...given, expected }, deps);
    return new Versioned(await changed(firmware, caller), versionOfRevision(firmware));
  }),
  removeFirmware: withToken(async ({ version }, caller, { expected }) => {
    await removeFirmware(keyOf(caller, version), { expected }, deps);
    return noContent;
  }),
  listFirmwareChanges: withToken(async ({ device: name, limit }, caller) => {
    const { id: device } = await findDevice(caller.fleet, name, deps);
    const list = { device, product: productOf(caller).id, limit };
    const { changes, hasMore } = await listFirmwareChanges(list, deps);
    return { changes: changes.map(firmwareChangeView), has_more: hasMore };
  }),
  showExposure: withToken(async (input, caller) => {
    const { version, format, cursor } = input;
    const product = productOf(caller);
    const list = { product: product.id, version };
    const after = cursor === undefined ? undefined : readCursor(list, cursor, exposurePosition);
    const query = { version, limit: rowsOf(input), after };
    const { devices, next } = await readExposure(product, query, deps);
    const bodies = devices.map(exposedDeviceView);
    const following = next === undefined ? undefined : writeCursor(list, next);
    if (format === "csv") {
      const fileName = `exposure-${product.id}-${version}.csv`;
      return new Csv(tableOf(exposureColumns, bodies), { fileName, cursor: following });
    }
    const firmware = await versions.find(product.id, version);
    return {
      version,
      title: firmware?.title ?? null,
      sha256: firmware?.sha256 ?? null,
      devices: bodies,
      cursor: following ?? null,
    };
  }),
  showRollout: withToken(async (input, caller) => {
    const { version, faulty, format, cursor } = input;
    const product = productOf(caller);
    const list = { product: product.id, version, faulty };
    const from = cursor === undefined ? undefined : readCursor(list, cursor, rolloutPosition);
    const all = await versions.list(product.id);
    const images = new Map(all.map((each) => [each.version, each.sha256]));
    const query = { version, faulty, limit: rowsOf(input), from, images };
    const { devices, next } = await readRollout(product, query, deps);
    const bodies = devices.map(fixedDeviceView);
    const following = next === undefined ? undefined : writeCursor(list, next);
    if (format === "csv") {
      const fileName = `rollout-${product.id}-${version}.csv`;
      return new Csv(tableOf(rolloutColumns, bodies), { fileName, cursor: following });
    }
    return { version, faulty, devices: bodies, cursor: following ?? null };
  }),
  replaceManifest: withToken(async ({ version, manifest }, caller) =>
    changed(await replaceManifest(keyOf(caller, version), manifest, deps), caller),
  ),
});
