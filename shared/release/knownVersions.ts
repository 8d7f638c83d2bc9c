import type { FirmwareVersion, FirmwareVersions } from "../firmware/firmwareVersion.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { knownProductsMax, knownVersionsFreshMs } from "./limits.ts";
import { releasedVersions } from "./releasedVersions.ts";
import type { ReleasedVersion } from "./targetVersion.ts";

/** A version that was released once. */
export interface KnownVersion
  extends Pick<FirmwareVersion, "version" | "sha256" | "defaultAt" | "groups"> {
  readonly releasedAt: number;
}

/** The released firmware versions of a product, as a worker has read them. */
export interface KnownVersions {
  readonly byNumber: ReadonlyMap<number, KnownVersion>;
  readonly released: readonly ReleasedVersion[];
}

/**
 * Reads the released firmware versions of a product. A copy is as old as `knownVersionsFreshMs` at
 * most, and not older than `since`, in milliseconds since 1970.
 */
export type ReadKnownVersions = (product: number, since?: number) => Promise<KnownVersions>;

/** Caches the firmware versions of products: a hello reads them only when they are old. */
export const createKnownVersions = ({
  versions,
  now,
}: {
  versions: Pick<FirmwareVersions, "list">;
  now: () => number;
}): ReadKnownVersions => {
  const known = new BoundedMap<number, { found: KnownVersions; at: number }>(knownProductsMax);
  return async (product, since = 0) => {
    const before = known.get(product);
    const isFresh =
      before !== undefined &&
      before.at >= since &&
      isUnexpired(before.at + knownVersionsFreshMs, { now: now(), ms: knownVersionsFreshMs });
    if (isFresh) return before.found;
    const at = now();
    const found = knownOf(await versions.list(product));
    known.set(product, { found, at });
    return found;
  };
};

const knownOf = (all: readonly FirmwareVersion[]): KnownVersions => ({
  byNumber: new Map(
    all.flatMap(({ version, sha256, defaultAt, groups, releasedAt }) =>
      releasedAt === undefined
        ? []
        : [[version, { version, sha256, defaultAt, groups, releasedAt }] as const],
    ),
  ),
  released: releasedVersions(all.filter(({ releasedAt }) => releasedAt !== undefined)),
});
