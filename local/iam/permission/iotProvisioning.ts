import type { Permission, Place } from "./permission.ts";

/** What a provisioning template creates and attaches. */
interface Registered {
  readonly thing: string;
  readonly certificate: string;
  readonly policy: string;
}

/**
 * The permissions that a provisioning template's role needs. IoT Core does not publish which calls
 * it makes; these are the ones of AWS's managed policy for this role (`AWSIoTThingsRegistration`)
 * that concern a thing, a certificate and a policy without groups.
 * https://docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html
 */
export const provisioningPermissions =
  ({ region, account }: Place) =>
  ({ thing, certificate, policy }: Registered): Permission[] => {
    const on = (resource: string) => (action: string) => ({
      action: `iot:${action}`,
      resource: resource === "*" ? resource : `arn:aws:iot:${region}:${account}:${resource}`,
    });
    return [
      ...[
        "CreateThing",
        "DescribeThing",
        "ListThingGroupsForThing",
        "ListThingPrincipals",
        "UpdateThing",
      ].map(on(`thing/${thing}`)),
      ...[
        "AttachPolicy",
        "AttachPrincipalPolicy",
        "AttachThingPrincipal",
        "DescribeCertificate",
        "ListPrincipalThings",
        "UpdateCertificate",
      ].map(on(`cert/${certificate}`)),
      ...["GetPolicy", "ListTargetsForPolicy"].map(on(`policy/${policy}`)),
      ...["ListAttachedPolicies", "ListPrincipalPolicies", "RegisterThing"].map(on("*")),
    ];
  };
