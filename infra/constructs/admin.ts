import type { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { apiTimeoutSeconds } from "../../shared/limits.ts";
import { allow, allowIot } from "./allow.ts";
import { fn } from "./fn.ts";
import type { GlobalTables } from "./globalTables.ts";

/** The function that whoever owns the account invokes, to add users and devices. It has no alarm: they see. */
export const admin = (
  scope: Construct,
  { tables, policy }: { tables: GlobalTables; policy: CfnPolicy },
): IFunction => {
  const made = fn(scope, "admin", {
    environment: {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      DEVICES_TABLE: tables.devices.tableName,
      DEVICE_POLICY: policy.ref,
    },
    timeoutSeconds: apiTimeoutSeconds,
    functionName: "godwit-admin",
  });
  tables.accounts.grant(made, "dynamodb:GetItem", "dynamodb:PutItem");
  tables.devices.grant(made, "dynamodb:Query", "dynamodb:PutItem");
  allowIot(made, ["iot:CreateThing"], ["thing/*"]);
  allowIot(made, ["iot:AttachPolicy"], ["cert/*"]);
  allowIot(made, ["iot:AttachThingPrincipal"], ["thing/*", "cert/*"]);
  // IoT Core has no resource for a certificate that does not exist yet.
  allow(made, ["iot:CreateKeysAndCertificate"], ["*"]);
  return made;
};
