import type { Product } from "../account/product/product.ts";
import type { Device, Devices } from "../device/device.ts";
import type { FirmwareVersion } from "../firmware/firmwareVersion.ts";
import { findReleasable, type ReleasableDeps } from "../firmware/releasable.ts";
import { readManifest } from "../firmware/signing/manifest.ts";
import { Failure } from "../platform/failure.ts";
import type { Enrolments } from "./enrolments.ts";
import { targetedDevicesMax, unfinishedReleasesMax } from "./limits.ts";
import { newReleaseId, type Release } from "./model/release.ts";
import type { ReleaseChoice } from "./releaseInput.ts";
import type { Releases } from "./releases.ts";
import { type StoreDeps, storeInTurn } from "./storeRelease.ts";
import { targetedDevices } from "./targetedDevices.ts";

export interface CreateReleaseDeps extends ReleasableDeps, StoreDeps {
  readonly releases: StoreDeps["releases"] & Pick<Releases, "page">;
  readonly enrolments: Pick<Enrolments, "find">;
  readonly devices: Pick<Devices, "findMany" | "pageOfFleet">;
}

/** Whose release it is. */
export interface ReleaseOf {
  readonly product: Pick<Product, "id" | "fleet">;
  readonly by: string;
}

/** A release that could be created, and the devices that it is for. */
export interface DraftRelease {
  readonly release: Release;
  readonly devices: readonly Device[];
}

/**
 * Checks a release and returns it, without storing anything. Fails with `not_found` for a version
 * that does not exist, with `invalid_request` for one that devices would refuse, for devices of
 * another product and for a release without devices, and with `conflict` if another unfinished
 * release has one of the devices.
 */
export const draftRelease = async (
  choice: ReleaseChoice,
  { product, by }: ReleaseOf,
  deps: CreateReleaseDeps,
): Promise<DraftRelease> => {
  const firmware = await findReleasable({ product: product.id, version: choice.version }, deps);
  if (choice.rollbackVersion !== undefined) {
    await findReleasable({ product: product.id, version: choice.rollbackVersion }, deps);
  }
  const release = newRelease(choice, { firmware, product, by, kind: "release" }, deps);
  const devices = await targetedDevices(release, deps);
  requireDevices(release, devices);
  return { release, devices };
};

/** Creates a release. Fails as `draftRelease` does, and with `limit_reached`. */
export const createRelease = async (
  choice: ReleaseChoice,
  of: ReleaseOf,
  deps: CreateReleaseDeps,
): Promise<Release> => {
  const { release, devices } = await draftRelease(choice, of, deps);
  const requireRoom = async (running: readonly Release[]): Promise<void> => {
    const { length: count } = running.filter(({ kind }) => kind !== "flash" && kind !== "catch_up");
    if (count >= unfinishedReleasesMax) {
      throw new Failure(
        `the product has ${count} unfinished releases: cancel one, or wait until it has ended`,
        { code: "limit_reached" },
      );
    }
    await requireFreeDevices(devices, running, deps);
  };
  await storeInTurn(release, requireRoom, deps);
  return release;
};

interface NewRelease {
  readonly firmware: FirmwareVersion;
  readonly product: Pick<Product, "id" | "fleet">;
  readonly by: string;
  readonly kind: Release["kind"];
}

/** A release of a firmware version, which is not stored yet. */
export const newRelease = (
  choice: ReleaseChoice,
  { firmware, product, by, kind }: NewRelease,
  { now, region }: Pick<CreateReleaseDeps, "now" | "region">,
): Release => {
  const { minimum_version: minimumVersion, platform } =
    firmware.manifest === undefined ? {} : readManifest(firmware.manifest);
  return {
    ...choice,
    id: newReleaseId(now()),
    product: product.id,
    fleet: product.fleet,
    kind,
    image: {
      sha256: firmware.sha256,
      size: firmware.size,
      ...(minimumVersion !== undefined && { minimumVersion }),
      // A number is Particle's platform, which was compared at the upload.
      ...(platform !== undefined && !/^\d+$/.test(platform) && { platform }),
    },
    createdBy: by,
    createdAt: now(),
    region,
  };
};

const requireDevices = ({ to }: Release, devices: readonly Device[]): void => {
  const invalid = (message: string): Failure => new Failure(message, { code: "invalid_request" });
  if ("devices" in to) {
    const known = new Set(devices.map(({ id }) => id));
    const unknown = to.devices.filter((id) => !known.has(id));
    if (unknown.length > 0) {
      const named = unknown.slice(0, 5).join(", ");
      throw invalid(
        `to.devices: ${unknown.length} of them are not in the product: ${named}${unknown.length > 5 ? ", …" : ""}`,
      );
    }
  }
  if ("groups" in to) {
    const empty = to.groups.filter((name) => !devices.some((one) => one.groups?.includes(name)));
    if (empty.length > 0) {
      throw invalid(`to.groups: no device of the product is in ${empty.join(", ")}`);
    }
  }
  if (devices.length === 0) {
    throw new Failure("to: the product has no devices", { code: "conflict" });
  }
  if (devices.length >= targetedDevicesMax) {
    throw invalid(`to: a release is for fewer than ${targetedDevicesMax} devices: use groups`);
  }
};

/** Devices of which the enrolment in another release is read: it does not grow with the fleet. */
const sampledDevices = 200;

/**
 * Fails with `conflict` if an unfinished release has one of the devices. A device that is locked to
 * its version is not in others.
 */
export const requireFreeDevices = async (
  devices: readonly Device[],
  running: readonly Release[],
  deps: CreateReleaseDeps,
): Promise<void> => {
  for (const other of running) {
    const shared = await sharesDevice(devices, other, deps);
    if (shared === undefined) continue;
    throw new Failure(
      `the release ${other.id} of version ${other.version} is not finished and has the device ${shared}: wait, or cancel it`,
      { code: "conflict", details: { release: other.id } },
    );
  }
};

/** The ids of unfinished releases that have one of the devices. */
export const conflictsOf = async (
  devices: readonly Device[],
  running: readonly Release[],
  deps: CreateReleaseDeps,
): Promise<string[]> => {
  const found = await Promise.all(
    running.map(async (other) => ((await sharesDevice(devices, other, deps)) ? [other.id] : [])),
  );
  return found.flat();
};

const sharesDevice = async (
  devices: readonly Device[],
  { id, to, kind, version }: Release,
  { enrolments }: CreateReleaseDeps,
): Promise<string | undefined> => {
  // A person's release comes first: its devices leave this one.
  if (kind === "catch_up") return undefined;
  if (kind === "flash" && "devices" in to) {
    const isFree = (one: Device) => one.desiredFirmware === version;
    return devices.find((one) => to.devices.includes(one.id) && !isFree(one))?.id;
  }
  if ("all" in to) return devices[0]?.id;
  if ("devices" in to) return devices.find((one) => to.devices.includes(one.id))?.id;
  const inGroups = devices.find((one) => one.groups?.some((name) => to.groups.includes(name)));
  if (inGroups !== undefined) return inGroups.id;
  // A device that has left the group since is still in the release.
  for (const one of devices.slice(0, sampledDevices)) {
    if ((await enrolments.find(id, one.id)) !== undefined) return one.id;
  }
  return undefined;
};
