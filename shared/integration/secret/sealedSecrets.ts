import type * as z from "zod";
import type { fillInput } from "../../device/provision/fillRegion.ts";
import { fillPageMax } from "../../device/provision/limits.ts";
import { Failure } from "../../platform/failure.ts";

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

/**
 * Goes through a page of all sealed secrets, of integrations or of second factors, and seals them for a region that was added after they were written, so that
 * the region can open them when every other region is down. May be repeated. Fails with `invalid_request` for an unknown region.
 */
export const fillSecrets = async (
  { region, after }: z.output<typeof fillInput>,
  { sealedSecrets, regions }: { sealedSecrets: SealedSecrets; regions: readonly string[] },
): Promise<SealedPage> => {
  if (!regions.includes(region)) {
    throw new Failure(`region must be one of ${regions.join(", ")}`, { code: "invalid_request" });
  }
  return sealedSecrets.completePage(region, { limit: fillPageMax, after });
};
