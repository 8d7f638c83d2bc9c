import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import type { Product } from "#shared/account/product/product.ts";
import type { Device, Devices } from "#shared/device/device.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import type { Groups } from "#shared/device/group/group.ts";
import { addMissingGroups } from "#shared/device/group/manageGroups.ts";
import {
  type CertificateDeps,
  quarantineDevice,
} from "#shared/device/registry/changeCertificates.ts";
import {
  asksForLatest,
  checkCombination,
  type DeviceChange,
  type RowChange,
  updateDevice,
} from "#shared/device/updateDevice.ts";
import type { FirmwareVersions } from "#shared/firmware/firmwareVersion.ts";
import { validationFailure } from "#shared/input/readInput.ts";
import { Failure } from "#shared/platform/failure.ts";
import {
  type ExpectedVersions,
  requireVersion,
  versionOfRevision,
  withExpectedVersions,
} from "#shared/platform/version.ts";
import { flashDevice, requireFlashable } from "#shared/release/flashDevice.ts";
import { releasedVersions } from "#shared/release/releasedVersions.ts";
import { targetVersion } from "#shared/release/targetVersion.ts";
import type { deviceRoutes } from "#shared/routes/deviceRoutes.ts";
import { certificateChangeView } from "../views/certificateView.ts";
import { changedView } from "../views/deviceView.ts";
import type { Endpoint, signedIn } from "./api.ts";
import { Versioned } from "./reply.ts";

type Deps = CertificateDeps &
  Parameters<typeof updateDevice>[2] &
  Parameters<typeof flashDevice>[1] & {
    readonly devices: Devices;
    readonly groups: Groups;
    readonly versions: FirmwareVersions;
    /** Fails with `device_offline` and `device_timeout`. */
    readonly signal: (caller: Caller, device: string, on: boolean) => Promise<void>;
  };

/** The endpoint of `PUT /v1/devices/{device}`. */
export const changeDeviceEndpoint = (
  withToken: ReturnType<typeof signedIn>,
  deps: Deps,
): Endpoint<typeof deviceRoutes.changeDevice> =>
  withToken(async ({ device: idOrName, ...wanted }, caller, { expected }) => {
    const { product } = caller;
    checkCombination(wanted, { isInProduct: product !== undefined });
    const { signal, quarantined, ...settings } = wanted;
    const { flash: _, latest: __, build_target_version: ___, file: ____, ...change } = settings;
    const device = await findDevice(caller.fleet, idOrName, deps);
    requireVersion(expected, versionOfRevision(device));
    if (signal !== undefined) {
      await deps.signal(caller, device.id, signal);
      return { id: device.id, connected: true, signaling: signal };
    }
    const flashed = await versionToFlash(device, wanted, caller, deps);
    // First: if the name is taken, nothing changes.
    const described = Object.values(change).every((value) => value === undefined)
      ? undefined
      : await withExpectedVersions(expected, () =>
          changeRow(device, { ...change, expected }, product, deps),
        );
    const shutOut =
      quarantined === undefined
        ? undefined
        : await quarantineDevice(described ?? device, quarantined, deps);
    // After the lock, with which no other release changes the device. A repeat installs it again.
    const release =
      flashed && (await flashDevice({ ...flashed, device: described ?? device }, deps));
    const changed = {
      ...changedView(described ?? device, change),
      ...(shutOut && { ...certificateChangeView(device.id, shutOut, deps.now()), quarantined }),
      ...(described && { updated_at: described.updatedAt }),
      ...(release && { status: "Update started" as const, release: release.id }),
    };
    return new Versioned(changed, versionOfRevision(described ?? device));
  });

/**
 * Changes the row of a device. Groups that do not exist are created before, and again after it:
 * another request may have removed one before the device was in it.
 */
const changeRow = async (
  device: Device,
  change: RowChange & { expected?: ExpectedVersions },
  product: Product | undefined,
  deps: Deps,
): Promise<Device> => {
  const { desired_firmware_version: version } = change;
  if (product !== undefined && typeof version === "number") {
    await requireFirmware(version, product, deps);
  }
  const addGroups = async () => product && addMissingGroups(product.id, change.groups ?? [], deps);
  await addGroups();
  const changed = await updateDevice(device, change, deps);
  await addGroups();
  return changed;
};

const requireFirmware = async (
  version: number,
  { id }: Product,
  { versions }: Deps,
): Promise<void> => {
  if ((await versions.find(id, version)) !== undefined) return;
  throw validationFailure([
    `desired_firmware_version: the product has no firmware version ${version}: upload it first`,
  ]);
};

/** The version that a request installs on a device at once. Fails as `requireFlashable` does. */
const versionToFlash = async (
  device: Device,
  { flash: isFlashed, ...change }: DeviceChange,
  { product, username: by }: Caller,
  deps: Deps,
): Promise<{ product: Product; version: number; by: string } | undefined> => {
  const isLatest = asksForLatest(change);
  if (product === undefined || !(isFlashed || isLatest)) return undefined;
  const version = isLatest
    ? await releasedFor(device, product, deps)
    : change.desired_firmware_version;
  if (typeof version !== "number") return undefined;
  const isDevelopment = change.development ?? device.development ?? false;
  await requireFlashable({ product, version }, { isDevelopment }, deps);
  return { product, version, by };
};

/** The version that is released for a device, as if it were no development device. */
const releasedFor = async (
  { development: _, ...settings }: Device,
  { id }: Product,
  { versions }: Deps,
): Promise<number> => {
  const version = targetVersion(settings, releasedVersions(await versions.list(id)));
  if (version !== undefined) return version;
  throw new Failure("No firmware version is released for this device", { code: "conflict" });
};
