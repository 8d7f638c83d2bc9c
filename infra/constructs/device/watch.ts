import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { watchMinutes, watchTimeoutSeconds } from "../../../shared/presence/recovery/limits.ts";
import { alarmMinutes, watchMemoryMiB } from "../../sizes.ts";
import { allow, allowIot } from "../allow.ts";
import { fn } from "../function/fn.ts";
import { functionMetric } from "../function/functionMetric.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import type { Records } from "../pipeline/records.ts";
import { schedule } from "../schedule.ts";
import { repliesTableName } from "./connections.ts";

interface WatchOptions {
  readonly tables: GlobalTables;
  readonly records: Records;
  /** The table of concurrency slots and leases. */
  readonly slots: ITableV2;
  readonly pages: Pages;
  readonly regions: readonly string[];
}

/** Every minute `watch` checks overdue devices, and reconciles sessions with the broker. */
const objects = "Device activity and heartbeat profiles are many objects under one prefix.";

export class Watch extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { tables, records, slots, pages, regions }: WatchOptions,
  ) {
    super(scope, id);
    const { bucket } = records;
    const watch = fn(this, "watch", {
      environment: {
        DEVICES_TABLE: tables.devices.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        REPLIES_TABLE: repliesTableName,
        RECORDS_BUCKET: bucket.bucketName,
        SLOTS_TABLE: slots.tableName,
        REGIONS: regions.join(),
      },
      timeoutSeconds: watchTimeoutSeconds,
      memory: watchMemoryMiB,
      pages,
    });
    tables.devices.grant(watch, "dynamodb:GetItem", "dynamodb:Scan");
    tables.sessions.grant(watch, "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem");
    allow(watch, ["s3:ListBucket"], [bucket.bucketArn]);
    allow(watch, ["s3:GetObject", "s3:DeleteObject"], [bucket.arnForObjects("heard/*")], objects);
    allow(watch, ["s3:GetObject", "s3:PutObject"], [bucket.arnForObjects("rhythms/*")], objects);
    allowIot(watch, ["iot:Publish"], ["topic/events/*"], "Status events go to every fleet.");
    allowIot(
      watch,
      ["iot:SendDirectMessage", "iot:GetConnection", "iot:DeleteConnection"],
      ["client/*"],
      "Each device is a client of its own name.",
    );
    schedule(this, watch, {
      minutes: watchMinutes,
      slots,
      description: "Checks silent devices and reconciles sessions with the broker",
      stopped: {
        sentence: "The schedule that checks devices' connections does not run.",
        severity: "error",
        components: ["connectivity"],
      },
      pages,
    });
    pages.when(this, "BrokerUnreachable", {
      metric: functionMetric("watch", "BrokerUnreachable", { minutes: watchMinutes }),
      sentence: "The broker does not answer: devices are not reachable, and presence is unknown.",
      severity: "critical",
      components: ["connectivity", "events", "calls", "streams"],
      runbook: "the-broker-does-not-answer",
      threshold: 1,
    });
    pages.when(this, "SessionsLost", {
      metric: functionMetric("route", "SessionsLost", { minutes: alarmMinutes, statistic: "sum" }),
      sentence: "The sessions of devices were lost, and are recovered with their next messages.",
      severity: "error",
      components: ["connectivity", "calls"],
      runbook: "the-sessions-of-devices-were-lost",
      threshold: 1,
    });
  }
}
