import type { Release, ReleaseKey } from "./model/release.ts";

export interface ReleasePage {
  readonly limit: number;
  /** The page begins after this id. */
  readonly after?: string | undefined;
}

/** The definitions of releases, and which of them have not ended. */
export interface Releases {
  /**
   * Stores a new release as active. The row of the active release is first: after a crash the
   * release is one that the next run ends.
   */
  add(release: Release): Promise<void>;
  /** Strongly consistent in a region. */
  find(key: ReleaseKey): Promise<Release | undefined>;
  /** The releases of a product, newest first. */
  page(product: number, page: ReleasePage): Promise<{ releases: Release[]; hasMore: boolean }>;
  /** The active releases of a product, or of all products. */
  active(product?: number): Promise<ReleaseKey[]>;
  /** A release that has ended is active again. Idempotent. */
  activate(key: ReleaseKey): Promise<void>;
  /** A release has ended: it is not active any more. Idempotent. */
  end(key: ReleaseKey): Promise<void>;
}
