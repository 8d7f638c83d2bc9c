import type { UpdateTraits } from "./model/exclusionOf.ts";

/** A firmware version of a product, as far as it decides which device should run it. */
export interface ReleasedVersion {
  readonly version: number;
  /** It was released once. */
  readonly released: boolean;
  readonly isDefault: boolean;
  /** The groups that it was released to. */
  readonly groups: readonly string[];
}

/**
 * Which version a device should run, with Particle's precedence: a development device none; a
 * locked device that version; then the highest version that is released to one of its groups; then
 * the product default. `undefined`: whatever it runs.
 */
export const targetVersion = (
  { development, desiredFirmware, groups = [] }: UpdateTraits,
  versions: readonly ReleasedVersion[],
): number | undefined => {
  if (development === true) return undefined;
  if (desiredFirmware !== undefined) return desiredFirmware;
  const own = new Set(groups);
  const released = versions.filter((one) => one.released);
  const ofGroups = released.filter((one) => one.groups.some((name) => own.has(name)));
  if (ofGroups.length > 0) return Math.max(...ofGroups.map(({ version }) => version));
  return released.find(({ isDefault }) => isDefault)?.version;
};
