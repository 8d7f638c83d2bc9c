import { BoundedMap } from "../platform/boundedMap.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { activeReleasesFreshMs, activeReleasesProductsMax } from "./limits.ts";
import type { Release } from "./model/release.ts";
import type { Releases } from "./releases.ts";

/**
 * The releases of a product that have not ended, newest first, as they were at `since`
 * (milliseconds since 1970) or later, if it is given.
 */
export type ActiveReleases = (product: number, since?: number) => Promise<readonly Release[]>;

/**
 * Caches the active releases of products for `activeReleasesFreshMs`: most hellos are from products
 * without any. A release that has just begun is noticed this much later.
 */
export const createActiveReleases = ({
  releases,
  now,
}: {
  releases: Pick<Releases, "active" | "find">;
  now: () => number;
}): ActiveReleases => {
  const known = new BoundedMap<number, { found: readonly Release[]; until: number; at: number }>(
    activeReleasesProductsMax,
  );
  return async (product, since = 0) => {
    const before = known.get(product);
    const at = now();
    if (
      before !== undefined &&
      since < before.at &&
      isUnexpired(before.until, { now: now(), ms: activeReleasesFreshMs })
    ) {
      return before.found;
    }
    const keys = await releases.active(product);
    const all = await Promise.all(keys.map((key) => releases.find(key)));
    const found = all.filter((one) => one !== undefined).toSorted(newestFirst);
    known.set(product, { found, until: now() + activeReleasesFreshMs, at });
    return found;
  };
};

const newestFirst = (one: Release, other: Release): number => (one.id < other.id ? 1 : -1);
