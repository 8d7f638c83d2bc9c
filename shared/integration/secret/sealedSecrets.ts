/** A page of stored secrets that was gone through for a region. */
export interface SealedPage {
  /** How many secrets the region can open by itself now. */
  readonly sealed: number;
  /** Integrations, or fleets of users, whose secret the region still cannot open by itself: a region's key could not be used. */
  readonly incomplete: readonly string[];
  /** Where the next page begins, unless it was the last. */
  readonly next?: string;
}

/** All sealed secrets of a kind: of integrations, or of second factors. */
export interface SealedSecrets {
  /** Seals the secrets of a page for a region that they lack. May be repeated. */
  completePage(
    region: string,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<SealedPage>;
}
