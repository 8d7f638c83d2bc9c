import { Stack } from "aws-cdk-lib";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { CfnPolicy } from "aws-cdk-lib/aws-iot";
import { Construct } from "constructs";
import {
  provisionMinutes,
  provisionTimeoutSeconds,
} from "../../../shared/device/provision/limits.ts";
import { notProvisionedMinutesMax } from "../../sizes.ts";
import { allowIot } from "../allow.ts";
import { fn } from "../function/fn.ts";
import { functionMetric } from "../function/functionMetric.ts";
import type { GlobalTables } from "../globalTables.ts";
import { type Pages, sustained } from "../pages.ts";
import { schedule } from "../schedule.ts";
import { allowAdmitting, allowAligning } from "./allowRegistry.ts";
import { repliesTableName } from "./connections.ts";

interface ProvisioningOptions {
  readonly tables: GlobalTables;
  /** The IoT policy of every device certificate. */
  readonly policy: CfnPolicy;
  /** The policy of claim certificates. */
  readonly claimPolicy: CfnPolicy;
  /** The table of concurrency slots and leases. */
  readonly slots: ITableV2;
  readonly pages: Pages;
}

/**
 * Applies pending provisioning: devices that were created or moved while this region was
 * unavailable.
 */
export class Provisioning extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { tables, policy, claimPolicy, slots, pages }: ProvisioningOptions,
  ) {
    super(scope, id);
    const provision = fn(this, "provision", {
      environment: {
        DEVICES_TABLE: tables.devices.tableName,
        REPLIES_TABLE: repliesTableName,
        DEVICE_POLICY: policy.ref,
        CLAIM_POLICY: claimPolicy.ref,
        SLOTS_TABLE: slots.tableName,
      },
      timeoutSeconds: provisionTimeoutSeconds,
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
      "Each device is a client of its own name.",
    );
    schedule(this, provision, {
      minutes: provisionMinutes,
      slots,
      description: "Applies pending provisioning of devices that other regions created or moved",
      stopped: {
        sentence: "The schedule that provisions devices in this region does not run.",
        severity: "error",
        components: ["management"],
      },
      pages,
    });
    this.watch(pages);
  }

  private watch(pages: Pages): void {
    pages.when(this, "Behind", {
      metric: functionMetric("provision", "DevicesNotProvisioned", { minutes: provisionMinutes }),
      sentence: `Devices have not been provisioned in this region, or are in another fleet here, for ${notProvisionedMinutesMax} minutes.`,
      severity: "error",
      components: ["management"],
      runbook: "devices-are-not-in-this-region",
      threshold: 1,
      ...sustained(notProvisionedMinutesMax / provisionMinutes),
    });
  }
}
