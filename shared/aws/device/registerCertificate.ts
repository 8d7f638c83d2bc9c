import {
  DescribeCertificateCommand,
  type IoTClient,
  RegisterCertificateWithoutCACommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-iot";
import { certificateIdOf } from "../../device/registry/certificate.ts";

/** A certificate in one region's registry. */
export interface Registered {
  readonly arn: string;
  readonly status: string | undefined;
}

/**
 * Registers a certificate (PEM) of another region as active, without its certificate authority. A
 * registered certificate does not change.
 * https://docs.aws.amazon.com/iot/latest/developerguide/manual-cert-registration.html
 */
export const register = async (iot: IoTClient, certificatePem: string): Promise<Registered> => {
  const certificateId = certificateIdOf(certificatePem);
  try {
    const made = await iot.send(
      new RegisterCertificateWithoutCACommand({ certificatePem, status: "ACTIVE" }),
    );
    if (made.certificateArn) return { arn: made.certificateArn, status: "ACTIVE" };
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
  }
  const { certificateDescription } = await iot.send(
    new DescribeCertificateCommand({ certificateId }),
  );
  const { certificateArn: arn, status } = certificateDescription ?? {};
  if (!arn) throw new Error("IoT Core has registered a certificate without its ARN");
  return { arn, status };
};
