import type { ProvisionedCanary } from "./provisionCanary.ts";

/** The admin function of this region, which creates the user and the device of the canary. */
export interface CanaryAdmin {
  /**
   * `csr`: the signing request for the device's key, in PEM. Fails within `canaryAdminMsMax` if the
   * function does not answer.
   */
  provision(csr: string): Promise<ProvisionedCanary>;
}
