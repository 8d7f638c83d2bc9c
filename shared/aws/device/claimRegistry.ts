import type { ClaimRegistry } from "../../device/provision/claimCertificates.ts";
import { certificateIdOf } from "../../device/registry/certificate.ts";
import { openIotControl } from "../call/iotControl.ts";
import { crossRegionRetry } from "../platform/clients.ts";
import { pauseWhenUnreachable } from "../platform/pauseWhenUnreachable.ts";
import { register } from "./registerCertificate.ts";

/** The IoT Core registries of all regions, for claim certificates. */
export const iotClaimRegistries = (
  regions: readonly string[],
  policyName: string,
): readonly ClaimRegistry[] => regions.map((region) => iotClaimRegistry(region, policyName));

const iotClaimRegistry = (region: string, policyName: string): ClaimRegistry => {
  const iot = openIotControl(crossRegionRetry, region);
  const asking = pauseWhenUnreachable(`IoT Core in ${region}`);
  return {
    region,

    admit: (pem) =>
      asking(async () => {
        const { arn } = await register(iot, pem);
        await iot.attachPolicy(policyName, arn);
      }),

    end: (pem) =>
      asking(async () => {
        // A region without the certificate registers it as revoked, so that it cannot be registered
        // again.
        const { arn } = await register(iot, pem);
        await iot.updateCertificate(certificateIdOf(pem), "REVOKED");
        await iot.detachPolicy(policyName, arn);
      }),
  };
};
