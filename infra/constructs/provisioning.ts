import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { allow, allowIot } from "./allow.ts";

/** Lets a function make things and certificates. Their names are new, so they cannot be named here. */
export const allowProvisioning = (worker: IFunction): void => {
  allowIot(worker, ["iot:CreateThing"], ["thing/*"]);
  allowIot(worker, ["iot:AttachPolicy"], ["cert/*"]);
  allowIot(worker, ["iot:AttachThingPrincipal"], ["thing/*", "cert/*"]);
  // IoT Core has no resource for a certificate that does not exist yet, nor for an account's endpoint.
  allow(
    worker,
    ["iot:CreateCertificateFromCsr", "iot:CreateKeysAndCertificate", "iot:DescribeEndpoint"],
    ["*"],
  );
};
