import { BoundedMap } from "../platform/boundedMap.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { knownProductsMax, recentReleasesFreshMs, recentReleasesMax } from "./limits.ts";
import type { Release } from "./model/release.ts";
import type { Releases } from "./releases.ts";

/** The latest releases of a product. */
interface Recent {
  readonly releases: readonly Release[];
  /** All releases since this time are in the list, in milliseconds since 1970. */
  readonly since: number;
}

/** Reads the latest releases of a product. */
export type RecentReleases = (product: number) => Promise<Recent>;

/**
 * Caches the latest releases of products for `recentReleasesFreshMs`. Active ones are known
 * earlier, by `createActiveReleases`.
 */
export const createRecentReleases = ({
  releases,
  now,
}: {
  releases: Pick<Releases, "page">;
  now: () => number;
}): RecentReleases => {
  const known = new BoundedMap<number, { found: Recent; until: number }>(knownProductsMax);
  return async (product) => {
    const before = known.get(product);
    const ms = recentReleasesFreshMs;
    if (before !== undefined && isUnexpired(before.until, { now: now(), ms })) return before.found;
    const page = await releases.page(product, { limit: recentReleasesMax });
    const since = page.hasMore ? Math.max(...page.releases.slice(-1).map(createdAt)) : 0;
    const found = { releases: page.releases, since };
    known.set(product, { found, until: now() + ms });
    return found;
  };
};

const createdAt = (release: Release): number => release.createdAt;
