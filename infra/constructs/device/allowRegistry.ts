import { Stack } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { allow, allowIot } from "../allow.ts";

const anyDevice =
  "A device's thing and certificates get their names when the device is provisioned.";
// AttachThingPrincipal and DetachThingPrincipal are authorized for the certificate alone:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html
const noResource = "IoT Core has no resource for these actions.";

/**
 * Lets a function create things and certificates in this region, and register them in other
 * regions. Their names are new, so the policy has wildcards.
 */
export const allowProvisioning = (worker: IFunction, regions: readonly string[]): void => {
  allowIot(worker, ["iot:CreateThing"], ["thing/*"], anyDevice);
  allowIot(worker, ["iot:AttachPolicy", "iot:AttachThingPrincipal"], ["cert/*"], anyDevice);
  // IoT Core has no resource for a certificate that does not exist yet, or for an account's
  // endpoint.
  allow(
    worker,
    ["iot:CreateCertificateFromCsr", "iot:CreateKeysAndCertificate", "iot:DescribeEndpoint"],
    ["*"],
    noResource,
  );
  const others = regions.filter((region) => region !== Stack.of(worker).region);
  if (others.length > 0) allowAdmitting(worker, others);
};

/** Lets a function register devices with certificates of another region, and set their fleets. */
export const allowAdmitting = (worker: IFunction, regions: readonly string[]): void => {
  allowIot(worker, ["iot:CreateThing", "iot:UpdateThing"], ["thing/*"], anyDevice, regions);
  allowIot(
    worker,
    ["iot:AttachPolicy", "iot:AttachThingPrincipal", "iot:DescribeCertificate"],
    ["cert/*"],
    anyDevice,
    regions,
  );
  allow(worker, ["iot:RegisterCertificateWithoutCA", "iot:DescribeEndpoint"], ["*"], noResource);
};

/**
 * Lets a function align the certificates of devices with their records: register certificates of
 * another region, deactivate and revoke. It may not delete certificates.
 */
export const allowAligning = (worker: IFunction, regions: readonly string[]): void => {
  allowIot(
    worker,
    ["iot:CreateThing", "iot:UpdateThing", "iot:ListThingPrincipals"],
    ["thing/*"],
    anyDevice,
    regions,
  );
  allowIot(
    worker,
    [
      "iot:AttachPolicy",
      "iot:AttachThingPrincipal",
      "iot:DescribeCertificate",
      "iot:DetachPolicy",
      "iot:DetachThingPrincipal",
      "iot:UpdateCertificate",
    ],
    ["cert/*"],
    anyDevice,
    regions,
  );
  allow(worker, ["iot:RegisterCertificateWithoutCA"], ["*"], noResource);
};
