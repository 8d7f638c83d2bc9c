import type * as z from "zod/mini";
import type { fillInput } from "../../device/provision/fillRegion.ts";
import { fillPageMax } from "../../device/provision/limits.ts";
import { Failure } from "../../platform/failure.ts";

/** Result of one page of re-encryption. */
export interface SealedPage {
  /** Number of secrets that the region can now decrypt with its own key. */
  readonly sealed: number;
  /**
   * Integrations, or fleets of users, whose secret the region still cannot decrypt by itself,
   * because a region's key was unavailable.
   */
  readonly incomplete: readonly string[];
  /** Start of the next page. Absent on the last one. */
  readonly next?: string;
}

/** All encrypted secrets of one type: of integrations or of second factors. */
export interface SealedSecrets {
  /** Encrypts the secrets of a page for a region if that is missing. Idempotent. */
  completePage(
    region: string,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<SealedPage>;
}

/**
 * Encrypts a page of secrets for a region that was added later, so that it can decrypt them when
 * all other regions are down. Idempotent. Fails with `invalid_request` for an unknown region.
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
