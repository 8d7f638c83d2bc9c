import { assignmentsOf, type FirmwareVersion } from "../firmware/firmwareVersion.ts";
import type { ReleasedVersion } from "./targetVersion.ts";

/** The firmware versions of a product, as far as they decide which devices should run them. */
export const releasedVersions = (
  versions: readonly Pick<FirmwareVersion, "version" | "releasedAt" | "defaultAt" | "groups">[],
): ReleasedVersion[] => {
  const { productDefault, byGroup } = assignmentsOf(versions);
  return versions.map(({ version, releasedAt }) => ({
    version,
    released: releasedAt !== undefined,
    isDefault: version === productDefault,
    groups: [...byGroup].flatMap(([name, of]) => (of === version ? [name] : [])),
  }));
};
