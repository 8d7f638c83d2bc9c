import type { KnownVersion, KnownVersions } from "./knownVersions.ts";
import type { UpdateTraits } from "./model/exclusionOf.ts";
import { runsImage, type UpdateHello } from "./model/observe.ts";
import { targetVersion } from "./targetVersion.ts";

/** The version that a device should run and does not. */
export interface LateTarget extends Pick<KnownVersion, "version" | "sha256"> {
  /** When the device, its group or its product got the version, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * The version that a device should run, if it takes updates and its hello shows another firmware.
 * `undefined` also for a version that was never released: a lock alone does not install it.
 */
export const lateTarget = (
  device: UpdateTraits,
  hello: UpdateHello,
  { byNumber, released }: KnownVersions,
): LateTarget | undefined => {
  if (hello.updates !== true) return undefined;
  if (hello.image === undefined && hello.firmware === undefined) return undefined;
  const target = targetVersion(device, released);
  const found = target === undefined ? undefined : byNumber.get(target);
  if (found === undefined || runsImage(hello, found)) return undefined;
  return { version: found.version, sha256: found.sha256, at: assignedAt(device, found, released) };
};

const assignedAt = (
  { desiredFirmware, groups = [] }: UpdateTraits,
  { version, releasedAt, defaultAt, groups: times }: KnownVersion,
  released: KnownVersions["released"],
): number => {
  if (desiredFirmware !== undefined) return releasedAt;
  const own = released.find((one) => one.version === version)?.groups ?? [];
  const ofGroups = own.flatMap((name) => (groups.includes(name) ? (times[name] ?? []) : []));
  return ofGroups.length > 0 ? Math.max(...ofGroups) : (defaultAt ?? releasedAt);
};
