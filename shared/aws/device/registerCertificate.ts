import { certificateIdOf } from "../../device/registry/certificate.ts";
import { isServiceError } from "../call/call.ts";
import type { IotControl } from "../call/iotControl.ts";

/** A certificate in one region's registry. */
export interface Registered {
  readonly arn: string;
  readonly status: string;
}

/**
 * Registers a certificate (PEM) of another region as active, without its certificate authority. A
 * registered certificate does not change.
 * https://docs.aws.amazon.com/iot/latest/developerguide/manual-cert-registration.html
 */
export const register = async (iot: IotControl, pem: string): Promise<Registered> => {
  try {
    return { arn: await iot.registerCertificate(pem), status: "ACTIVE" };
  } catch (error) {
    if (!isServiceError(error, "ResourceAlreadyExistsException")) throw error;
    return iot.describeCertificate(certificateIdOf(pem));
  }
};
