import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  type IoTClient,
  ListThingPrincipalsCommand,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { certificateIdOf, type DesiredCertificates } from "../../device/registry/certificate.ts";
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
export const alignCertificates = async (iot: IoTClient, aligned: Aligned): Promise<void> => {
  const { device, desired } = aligned;
  const wanted = new Set(desired.certificates.map(certificateIdOf));
  const others = (await principals(iot, device)).filter((arn) => !wanted.has(idOf(arn)));
  for (const arn of others) await end(iot, arn, aligned);
  for (const pem of desired.certificates) await admitOne(iot, pem, aligned);
};

const principals = async (iot: IoTClient, thingName: string): Promise<string[]> => {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await iot.send(new ListThingPrincipalsCommand({ thingName, nextToken }));
    found.push(...(page.principals ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  // A thing may have other principals; they are ignored.
  return found.filter((arn) => arn.includes(":cert/"));
};

const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** Detaches the thing last: until then the next call finds the certificate again. */
const end = async (iot: IoTClient, arn: string, { device, policyName }: Aligned): Promise<void> => {
  await update(iot, arn, "REVOKED");
  await iot.send(new DetachPolicyCommand({ policyName, target: arn }));
  await iot.send(new DetachThingPrincipalCommand({ thingName: device, principal: arn }));
};

const admitOne = async (
  iot: IoTClient,
  pem: string,
  { device, policyName, desired: { isSuspended } }: Aligned,
): Promise<void> => {
  const { arn, status } = await register(iot, pem);
  const isToChange = status === (isSuspended ? "ACTIVE" : "INACTIVE");
  if (isToChange) await update(iot, arn, isSuspended ? "INACTIVE" : "ACTIVE");
  await iot.send(new AttachPolicyCommand({ policyName, target: arn }));
  await iot.send(new AttachThingPrincipalCommand({ thingName: device, principal: arn }));
};

const update = async (
  iot: IoTClient,
  arn: string,
  newStatus: "ACTIVE" | "INACTIVE" | "REVOKED",
): Promise<void> => {
  await iot.send(new UpdateCertificateCommand({ certificateId: idOf(arn), newStatus }));
};
