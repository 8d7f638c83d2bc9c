import type { UpdateTraits } from "./model/exclusionOf.ts";
import type { Release } from "./model/release.ts";
import { type ReleasedVersion, targetVersion } from "./targetVersion.ts";

/**
 * Whether a release is for a device by Particle's precedence: a release of Particle's route, and
 * one for late devices, is not for a device that should run another version.
 */
export const isAssigned = (
  device: UpdateTraits,
  { kind, version }: Pick<Release, "kind" | "version">,
  released: readonly ReleasedVersion[],
): boolean => {
  if (!followsAssignments(kind)) return true;
  const target = targetVersion(device, released);
  // Development devices and locked ones have reasons of their own.
  return target === version || (target === undefined && kind === "particle");
};

/** Whether releases of a kind are only for devices that should run their version. */
export const followsAssignments = (kind: Release["kind"]): boolean =>
  kind === "particle" || kind === "catch_up";
