import { Duration, Stack } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { provisionMinutes, provisionTimeoutSeconds } from "../../shared/limits.ts";
import { notProvisionedMinutesMax, provisionConcurrencyMax } from "../sizes.ts";
import { allow, allowIot } from "./allow.ts";
import { repliesTableName } from "./connections.ts";
import { fn } from "./fn.ts";
import type { GlobalTables } from "./globalTables.ts";
import type { Pages } from "./pages.ts";
import { schedule } from "./schedule.ts";

/**
 * Lets a function make things and certificates here, and let them in elsewhere. Their names are new, so they
 * cannot be named here.
 */
export const allowProvisioning = (worker: IFunction, regions: readonly string[]): void => {
  allowIot(worker, ["iot:CreateThing"], ["thing/*"]);
  allowIot(worker, ["iot:AttachPolicy"], ["cert/*"]);
  allowIot(worker, ["iot:AttachThingPrincipal"], ["thing/*", "cert/*"]);
  // IoT Core has no resource for a certificate that does not exist yet, nor for an account's endpoint.
  allow(
    worker,
    ["iot:CreateCertificateFromCsr", "iot:CreateKeysAndCertificate", "iot:DescribeEndpoint"],
    ["*"],
  );
  const others = regions.filter((region) => region !== Stack.of(worker).region);
  if (others.length > 0) allowAdmitting(worker, others);
};

/** Lets a function let devices in whose certificates another region made, and put them into their fleets. */
const allowAdmitting = (worker: IFunction, regions: readonly string[]): void => {
  allowIot(worker, ["iot:CreateThing", "iot:UpdateThing"], ["thing/*"], regions);
  allowIot(worker, ["iot:AttachPolicy", "iot:DescribeCertificate"], ["cert/*"], regions);
  allowIot(worker, ["iot:AttachThingPrincipal"], ["thing/*", "cert/*"], regions);
  allow(worker, ["iot:RegisterCertificateWithoutCA", "iot:DescribeEndpoint"], ["*"]);
};

/**
 * Lets a function bring the certificates of devices in line: register those that another region made, suspend, and end those that are
 * not valid any more. It may not delete any.
 */
export const allowAligning = (worker: IFunction, regions: readonly string[]): void => {
  allowIot(
    worker,
    ["iot:CreateThing", "iot:UpdateThing", "iot:ListThingPrincipals"],
    ["thing/*"],
    regions,
  );
  allowIot(
    worker,
    ["iot:AttachPolicy", "iot:DescribeCertificate", "iot:DetachPolicy", "iot:UpdateCertificate"],
    ["cert/*"],
    regions,
  );
  allowIot(
    worker,
    ["iot:AttachThingPrincipal", "iot:DetachThingPrincipal"],
    ["thing/*", "cert/*"],
    regions,
  );
  allow(worker, ["iot:RegisterCertificateWithoutCA"], ["*"]);
};

interface ProvisioningOptions {
  readonly tables: GlobalTables;
  /** What every device's certificate gets. */
  readonly policy: CfnPolicy;
  readonly pages: Pages;
}

/** Makes good for what this region is owed: devices that were made or moved while it could not be told. */
export class Provisioning extends Construct {
  constructor(scope: Construct, id: string, { tables, policy, pages }: ProvisioningOptions) {
    super(scope, id);
    const provision = fn(this, "provision", {
      environment: {
        DEVICES_TABLE: tables.devices.tableName,
        REPLIES_TABLE: repliesTableName,
        DEVICE_POLICY: policy.ref,
      },
      timeoutSeconds: provisionTimeoutSeconds,
      concurrencyMax: provisionConcurrencyMax,
      pages,
    });
    tables.devices.grant(
      provision,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
      "dynamodb:Query",
    );
    allowAdmitting(provision, [Stack.of(this).region]);
    allowAligning(provision, [Stack.of(this).region]);
    allowIot(
      provision,
      ["iot:SendDirectMessage", "iot:GetConnection", "iot:DeleteConnection"],
      ["client/*"],
    );
    schedule(this, provision, {
      minutes: provisionMinutes,
      description: "Brings the registry in line with devices that were made or moved elsewhere",
      says: "The schedule that brings devices into this region does not run.",
      pages,
    });
    this.watch(pages);
  }

  private watch(pages: Pages): void {
    pages.when(this, "Behind", {
      metric: new Metric({
        namespace: "Godwit",
        metricName: "DevicesNotProvisioned",
        dimensionsMap: { service: "provision" },
        period: Duration.minutes(provisionMinutes),
        statistic: "max",
      }),
      says: `Devices have been missing from this region, or in another fleet here, for ${notProvisionedMinutesMax} minutes.`,
      runbook: "devices-are-not-in-this-region",
      threshold: 1,
      periods: notProvisionedMinutesMax / provisionMinutes,
    });
  }
}
