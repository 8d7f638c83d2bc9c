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
  /** How many turns of a product `takeTurn` has given. Strongly consistent in a region. */
  turn(product: number): Promise<number>;
  /**
   * Gives one caller of a region the turn after `turn`, and returns whether it is this one. A
   * repetition after a lost reply may return `false`.
   */
  takeTurn(product: number, turn: number): Promise<boolean>;
}
