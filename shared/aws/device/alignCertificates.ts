import { certificateIdOf, type DesiredCertificates } from "../../device/registry/certificate.ts";
import type { CertificateStatus, IotControl } from "../call/iotControl.ts";
import { register } from "./registerCertificate.ts";

interface Aligned {
  readonly device: string;
  readonly policyName: string;
  readonly desired: DesiredCertificates;
}

/**
 * Aligns the certificates of a thing with the desired state. Revokes certificates before it
 * activates others: a crash in between leaves too few, and the next call completes it. A revoked
 * certificate never becomes active again.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html
 */
export const alignCertificates = async (iot: IotControl, aligned: Aligned): Promise<void> => {
  const { device, desired } = aligned;
  const wanted = new Set(desired.certificates.map(certificateIdOf));
  const others = (await principals(iot, device)).filter((arn) => !wanted.has(idOf(arn)));
  for (const arn of others) await end(iot, arn, aligned);
  for (const pem of desired.certificates) await admitOne(iot, pem, aligned);
};

const principals = async (iot: IotControl, thingName: string): Promise<string[]> => {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await iot.listPrincipals(thingName, nextToken);
    found.push(...page.principals);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  // A thing may have other principals; they are ignored.
  return found.filter((arn) => arn.includes(":cert/"));
};

const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** Detaches the thing last: until then the next call finds the certificate again. */
const end = async (
  iot: IotControl,
  arn: string,
  { device, policyName }: Aligned,
): Promise<void> => {
  await update(iot, arn, "REVOKED");
  await iot.detachPolicy(policyName, arn);
  await iot.detachThing(device, arn);
};

const admitOne = async (
  iot: IotControl,
  pem: string,
  { device, policyName, desired: { isSuspended } }: Aligned,
): Promise<void> => {
  const { arn, status } = await register(iot, pem);
  const isToChange = status === (isSuspended ? "ACTIVE" : "INACTIVE");
  if (isToChange) await update(iot, arn, isSuspended ? "INACTIVE" : "ACTIVE");
  await iot.attachPolicy(policyName, arn);
  await iot.attachThing(device, arn);
};

const update = (iot: IotControl, arn: string, status: CertificateStatus): Promise<void> =>
  iot.updateCertificate(idOf(arn), status);
