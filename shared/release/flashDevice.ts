import type { Product } from "../account/product/product.ts";
import type { Device } from "../device/device.ts";
import { findReleasable, type ReleasableDeps, recordRelease } from "../firmware/releasable.ts";
import { readManifest } from "../firmware/signing/manifest.ts";
import { Failure } from "../platform/failure.ts";
import { flashReturnMs } from "./limits.ts";
import { newReleaseId, type Release } from "./model/release.ts";
import type { ReleaseFacts } from "./releaseFacts.ts";
import type { Releases } from "./releases.ts";

interface Deps extends ReleasableDeps {
  readonly releases: Pick<Releases, "add" | "active" | "find">;
  readonly facts: Pick<ReleaseFacts, "add">;
  readonly region: string;
}

interface FlashRequest {
  readonly device: Device;
  readonly version: number;
  readonly product: Pick<Product, "id" | "fleet">;
  /** The user. */
  readonly by: string;
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
      "The cloud installs no firmware on a development device: send development=false with the lock.",
      { code: "conflict" },
    );
  }
  await findReleasable({ product: product.id, version }, deps);
};

/**
 * Installs a firmware version on one device now: a release for this device, which is offered at
 * once, or when the device connects. The device has been locked to the version, so that no other
 * release changes it. An unfinished one of the same kind for the device is superseded. Fails as
 * `findReleasable` does.
 */
export const flashDevice = async (request: FlashRequest, deps: Deps): Promise<Release> => {
  const { device, version, product } = request;
  const key = { product: product.id, version };
  const firmware = await findReleasable(key, deps);
  const { minimum_version: minimumVersion, platform } =
    firmware.manifest === undefined ? {} : readManifest(firmware.manifest);
  const at = deps.now();
  const release: Release = {
    id: newReleaseId(at),
    product: product.id,
    fleet: product.fleet,
    kind: "flash",
    version,
    image: {
      sha256: firmware.sha256,
      size: firmware.size,
      ...(minimumVersion !== undefined && { minimumVersion }),
      // A number is Particle's platform, which was compared at the upload.
      ...(platform !== undefined && !/^\d+$/.test(platform) && { platform }),
    },
    to: { devices: [device.id] },
    waves: [{ devices: [device.id], soakMs: 0 }],
    failures: { count: 1, percent: 0 },
    returnMs: flashReturnMs,
    forced: true,
    immediate: true,
    rollback: "none",
    createdBy: request.by,
    createdAt: at,
    region: deps.region,
  };
  // First: a released version cannot be deleted.
  await recordRelease(key, { productDefault: false, groups: [], at }, deps);
  await deps.releases.add(release);
  await supersedeFormer(release, device, deps);
  return release;
};

/** After a crash before this, the device works on the newest release first. */
const supersedeFormer = async (
  { id: by, product, createdAt: at }: Release,
  device: Device,
  { releases, facts, region }: Deps,
): Promise<void> => {
  for (const key of await releases.active(product)) {
    if (key.id >= by) continue;
    const former = await releases.find(key);
    if (former?.kind !== "flash" || !("devices" in former.to)) continue;
    if (!former.to.devices.includes(device.id)) continue;
    await facts.add({ kind: "superseded", release: key.id, by, region, at });
  }
};
