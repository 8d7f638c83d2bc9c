import type * as z from "zod";
import type { fillInput } from "../../device/provision/fillRegion.ts";
import { fillPageMax } from "../../device/provision/limits.ts";
import { Failure } from "../../platform/failure.ts";
import type { SealedPage, SealedSecrets } from "./sealedSecrets.ts";

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
