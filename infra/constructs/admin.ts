import type { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { apiTimeoutSeconds } from "../../shared/api/limits.ts";
import { allowIot } from "./allow.ts";
import { allowRemoval } from "./allowRemoval.ts";
import { allowAligning, allowProvisioning } from "./device/allowRegistry.ts";
import { repliesTableName } from "./device/connections.ts";
import type { FirmwareImages } from "./firmwareImages.ts";
import { fn } from "./function/fn.ts";
import {
  allowIndex,
  allowRecording,
  type GlobalTables,
  globalTableIndexes,
} from "./globalTables.ts";
import type { SecretsKey } from "./secretsKey.ts";

/** The name of the admin function in each region. */
export const adminFunctionName = "godwit-admin";

const anyDevice = "An administrator may act on every device.";

/**
 * The function that the owner of the AWS account invokes to administer users and devices. It has no
 * alarm, because the caller sees its errors.
 */
export const admin = (
  scope: Construct,
  {
    tables,
    policy,
    claimPolicy,
    regions,
    certificateDays,
    secrets,
    images,
  }: {
    tables: GlobalTables;
    images: FirmwareImages;
    policy: CfnPolicy;
    claimPolicy: CfnPolicy;
    regions: readonly string[];
    certificateDays: number;
    secrets: SecretsKey;
  },
): IFunction => {
  const made = fn(scope, "admin", {
    environment: {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      DEVICES_TABLE: tables.devices.tableName,
      REPLIES_TABLE: repliesTableName,
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
      OPERATIONS_TABLE: tables.operations.tableName,
      FIRMWARE_TABLE: tables.firmware.tableName,
      ...images.environment,
      AUDIT_TABLE: tables.audit.tableName,
      SECRETS_KEY: secrets.environment.SECRETS_KEY,
      DEVICE_POLICY: policy.ref,
      CLAIM_POLICY: claimPolicy.ref,
      BROKER_CA: "amazon",
      REGIONS: regions.join(),
      CERTIFICATE_DAYS: String(certificateDays),
    },
    timeoutSeconds: apiTimeoutSeconds,
    functionName: adminFunctionName,
  });
  // Encrypts secrets again for a region that is added later.
  tables.integrations.grant(made, "dynamodb:Scan", "dynamodb:UpdateItem");
  secrets.allowOpen(made);
  allowRemoval(made, tables, images);
  allowOperations(made, tables);
  allowRecording(made, tables);
  tables.audit.grant(made, "dynamodb:Query");
  tables.accounts.grant(
    made,
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    // Lists all users.
    "dynamodb:Scan",
  );
  allowIndex(made, tables.accounts, globalTableIndexes.accounts);
  // Registers all devices in a region that is added later.
  tables.devices.grant(
    made,
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
    "dynamodb:Query",
    "dynamodb:Scan",
  );
  allowIndex(made, tables.devices, globalTableIndexes.devices);
  // Tells devices to reconnect within a period.
  allowIot(made, ["iot:Publish"], ["topic/control/*"], anyDevice);
  allowProvisioning(made, regions);
  // Blocks a device or removes it from its fleet.
  allowIot(made, ["iot:UpdateThing"], ["thing/*"], anyDevice);
  allowIot(
    made,
    ["iot:SendDirectMessage", "iot:DeleteConnection"],
    ["client/*"],
    anyDevice,
    regions,
  );
  allowAligning(made, regions);
  return made;
};

/** Incidents and their notices; the contacts of removed users and products. */
const allowOperations = (worker: IFunction, { operations }: GlobalTables): void =>
  operations.grant(
    worker,
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
  );
