import type { Device } from "../device/device.ts";
import { findReleasable, type ReleasableDeps } from "../firmware/releasable.ts";
import { Failure } from "../platform/failure.ts";
import {
  type CreateReleaseDeps,
  newRelease,
  type ReleaseOf,
  requireFreeDevices,
} from "./createRelease.ts";
import { returnSecondsDefault, unfinishedFlashesMax } from "./limits.ts";
import type { Release } from "./model/release.ts";
import { storeInTurn } from "./storeRelease.ts";

interface FlashRequest extends ReleaseOf {
  /** As it is after its lock. */
  readonly device: Device;
  readonly version: number;
}

/**
 * Checks that a version can be installed on a device now. Fails with `conflict` for a development
 * device, which no release changes, and as `findReleasable` does.
 */
export const requireFlashable = async (
  { product, version }: Pick<FlashRequest, "product" | "version">,
  { isDevelopment }: { isDevelopment: boolean },
  deps: ReleasableDeps,
): Promise<void> => {
  if (isDevelopment) {
    throw new Failure(
      "The cloud installs no firmware on a development device: send development=false too.",
      { code: "conflict" },
    );
  }
  await findReleasable({ product: product.id, version }, deps);
};

/**
 * Installs a firmware version on one device now: a release for this device, which is offered at
 * once, or when the device connects. An unfinished one of the same kind for the device is
 * superseded. No other release changes a device that is locked to the version, and one of the same
 * version finds it installed. Fails as `findReleasable` does, with `limit_reached`, and with
 * `conflict` if the device is not locked and an unfinished release of another version has it.
 */
export const flashDevice = async (
  { device, version, product, by }: FlashRequest,
  deps: CreateReleaseDeps,
): Promise<Release> => {
  const firmware = await findReleasable({ product: product.id, version }, deps);
  const requireRoom = async (unfinished: readonly Release[]): Promise<void> => {
    const others = unfinished.filter((each) => !isFlashOf(each, device));
    if (device.desiredFirmware !== version) {
      const different = others.filter((each) => each.version !== version);
      await requireFreeDevices([device], different, deps);
    }
    const { length: flashes } = others.filter(({ kind }) => kind === "flash");
    if (flashes < unfinishedFlashesMax) return;
    throw new Failure(
      `${flashes} devices of the product wait for such a version: make a release for them`,
      { code: "limit_reached" },
    );
  };
  const devices = [device.id];
  const choice = {
    version,
    to: { devices },
    waves: [{ devices, soakMs: 0 }],
    failures: { count: 1, percent: 0 },
    returnMs: returnSecondsDefault * 1_000,
    forced: true,
    immediate: true,
    rollback: "none",
  } as const;
  const release = newRelease(choice, { firmware, product, by, kind: "flash" }, deps);
  const unfinished = await storeInTurn(release, requireRoom, deps);
  // After a crash before this, the device works on the newest release first.
  const { region } = deps;
  for (const { id } of unfinished.filter((each) => isFlashOf(each, device))) {
    const at = release.createdAt;
    await deps.facts.add({ kind: "superseded", release: id, by: release.id, region, at });
  }
  return release;
};

const isFlashOf = ({ kind, to }: Release, { id }: Device): boolean =>
  kind === "flash" && "devices" in to && to.devices.includes(id);
