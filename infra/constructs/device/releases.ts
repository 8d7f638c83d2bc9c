import { Stack } from "aws-cdk-lib";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { releasesMinutes, releasesTimeoutSeconds } from "../../../shared/release/limits.ts";
import { alarmMinutes, watchMemoryMiB } from "../../sizes.ts";
import { allow, allowIot } from "../allow.ts";
import type { FirmwareImages } from "../firmwareImages.ts";
import { fn } from "../function/fn.ts";
import { functionMetric, sliceMetric } from "../function/functionMetric.ts";
import { allowIndex, type GlobalTables, globalTableIndexes } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import type { Records } from "../pipeline/records.ts";
import { schedule } from "../schedule.ts";
import { repliesTableName } from "./connections.ts";

interface ReleasesOptions {
  readonly tables: GlobalTables;
  readonly records: Records;
  readonly images: FirmwareImages;
  /** The table of concurrency slots and leases. */
  readonly slots: ITableV2;
  readonly pages: Pages;
  readonly regions: readonly string[];
}

/** Every minute `releases` works on the releases of firmware that have not ended. */
export class Releases extends Construct {
  constructor(scope: Construct, id: string, options: ReleasesOptions) {
    super(scope, id);
    const { tables, records, images, slots, pages, regions } = options;
    const releases = fn(this, "releases", {
      environment: {
        DEVICES_TABLE: tables.devices.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        FIRMWARE_TABLE: tables.firmware.tableName,
        LEDGER_TABLE: tables.ledger.tableName,
        REPLIES_TABLE: repliesTableName,
        RECORDS_BUCKET: records.bucket.bucketName,
        SLOTS_TABLE: slots.tableName,
        ...images.environment,
        IMAGES_ENDPOINT: "amazon",
        REGIONS: regions.join(),
      },
      timeoutSeconds: releasesTimeoutSeconds,
      memory: watchMemoryMiB,
      pages,
    });
    this.allow(releases, options);
    schedule(this, releases, {
      minutes: releasesMinutes,
      slots,
      description: "Works on releases of firmware",
      stopped: {
        sentence: "The schedule that works on releases of firmware does not run.",
        severity: "error",
        components: ["management"],
      },
      pages,
    });
    this.page(pages);
  }

  private allow(releases: IFunction, { tables, records, images, regions }: ReleasesOptions): void {
    tables.devices.grant(releases, "dynamodb:BatchGetItem");
    allowIndex(releases, tables.devices, globalTableIndexes.devices);
    tables.sessions.grant(releases, "dynamodb:BatchGetItem");
    tables.firmware.grant(
      releases,
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
      "dynamodb:BatchWriteItem",
    );
    // The calls of a device.
    tables.ledger.grant(releases, "dynamodb:Query");
    const { bucket } = records;
    allow(releases, ["s3:ListBucket"], [bucket.bucketArn]);
    const profiles = "Heartbeat profiles are several objects under one prefix.";
    allow(releases, ["s3:GetObject"], [bucket.arnForObjects("rhythms/*")], profiles);
    // Presigned URLs have the permissions of this role.
    images.allowRead(releases);
    images.allowWrite(releases, [Stack.of(this).region]);
    allowIot(releases, ["iot:Publish"], ["topic/events/*"], "Halts are events of every fleet.");
    // Asks whether this region is degraded, or another one is lost.
    allowIot(releases, ["iot:Publish"], ["topic/health"], undefined, regions);
    const clients = "Each device is a client of its own name.";
    allowIot(releases, ["iot:SendDirectMessage"], ["client/*"], clients);
  }

  private page(pages: Pages): void {
    pages.when(this, "Halted", {
      // The alarm names the release: its id, version and product.
      metric: sliceMetric("ReleasesHalted", "release", { minutes: alarmMinutes, statistic: "SUM" }),
      sentence: "A release of firmware has halted by itself: updated devices fail.",
      severity: "error",
      components: ["management"],
      runbook: "a-release-has-halted",
      threshold: 1,
    });
    pages.when(this, "DevicesMissing", {
      metric: functionMetric("releases", "ReleaseDevicesMissing", { minutes: releasesMinutes }),
      sentence: "Devices of a release of firmware are missing: their rows were lost.",
      severity: "error",
      components: ["management"],
      runbook: "devices-of-a-release-are-missing",
      threshold: 1,
    });
  }
}
