import { Failure } from "../platform/failure.ts";
import type { FirmwareKey } from "./changeFirmware.ts";
import { type CountDeps, countDevices } from "./countDevices.ts";
import type { FirmwareVersion } from "./firmwareVersion.ts";
import {
  type Assignment,
  findReleasable,
  type ReleasableDeps,
  recordRelease,
} from "./releasable.ts";

/**
 * Releases a firmware version to groups, or to all devices without one. Fails as `findReleasable`
 * does, and with `conflict` if the version was never released and no device of the product runs it,
 * as in Particle's cloud.
 */
export const releaseFirmware = async (
  key: FirmwareKey,
  { fleet, ...assignment }: Assignment & { readonly fleet: string },
  deps: ReleasableDeps & CountDeps,
): Promise<FirmwareVersion> => {
  const firmware = await findReleasable(key, deps);
  if (!assignment.productDefault && assignment.groups.length === 0) {
    throw new Failure("groups: name a group, or set product_default to true", {
      code: "invalid_request",
    });
  }
  if (firmware.releasedAt === undefined) {
    const counts = await countDevices(fleet, deps);
    if ((counts.get(key.version) ?? 0) === 0) {
      throw new Failure(
        `no device of the product runs version ${key.version}: test it on one device, then release it`,
        { code: "conflict" },
      );
    }
  }
  return recordRelease(key, assignment, deps);
};
