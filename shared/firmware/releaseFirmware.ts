import type { Groups } from "../device/group/group.ts";
import { closestName } from "../input/closestName.ts";
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

interface GroupsDeps {
  readonly groups: Pick<Groups, "list">;
}

/**
 * Releases a firmware version to groups, or to all devices without one. Fails as `findReleasable`
 * does, with `invalid_request` for an unknown group, and with `conflict` if the version was never
 * released and no device of the product runs it, as in Particle's cloud.
 */
export const releaseFirmware = async (
  key: FirmwareKey,
  { fleet, ...assignment }: Assignment & { readonly fleet: string },
  deps: ReleasableDeps & CountDeps & GroupsDeps,
): Promise<FirmwareVersion> => {
  const firmware = await findReleasable(key, deps);
  if (!assignment.productDefault && assignment.groups.length === 0) {
    throw new Failure("groups: name a group, or set product_default to true", {
      code: "invalid_request",
    });
  }
  await requireGroups(key.product, assignment.groups, deps);
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

/** A misspelled name would be a release that reaches no device. */
const requireGroups = async (
  product: number,
  named: readonly string[],
  { groups }: GroupsDeps,
): Promise<void> => {
  if (named.length === 0) return;
  const known = (await groups.list(product)).map(({ name }) => name);
  const unknown = named.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const closest = closestName(unknown, known);
  const hint = closest === undefined ? "" : `; did you mean ${closest}?`;
  throw new Failure(`groups: the product has no group ${unknown}${hint}`, {
    code: "invalid_request",
  });
};
