import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { updatesTimeoutSeconds } from "../../../shared/release/protocol/limits.ts";
import { allowIot } from "../allow.ts";
import type { FirmwareImages } from "../firmwareImages.ts";
import { fn } from "../function/fn.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { type Pipeline, receivedSql } from "../pipeline/pipeline.ts";
import { TopicRule } from "../pipeline/topicRule.ts";
import { repliesTableName } from "./connections.ts";

interface UpdatesOptions {
  readonly tables: GlobalTables;
  readonly pipeline: Pipeline;
  readonly images: FirmwareImages;
  readonly regions: readonly string[];
  readonly pages: Pages;
}

/**
 * Updates of the firmware of devices: a rule for what devices report and request, and `updates`,
 * which also receives the hellos of devices that may need an update.
 */
export class Updates extends Construct {
  readonly rule: TopicRule;
  private readonly options: UpdatesOptions;

  constructor(scope: Construct, id: string, options: UpdatesOptions) {
    super(scope, id);
    this.options = options;
    const { pipeline, pages } = options;
    this.rule = new TopicRule(this, "Rule", {
      name: "godwit_updates",
      sql: `${receivedSql} FROM 'updates/+'`,
      to: pipeline.updates.queue,
      failed: pipeline.failed,
      kind: "updates",
      components: ["management"],
      pages,
    });
    this.updates();
  }

  private updates(): void {
    const { tables, pipeline, images, regions, pages } = this.options;
    const { updates: queue } = pipeline;
    const updates = fn(this, "updates", {
      environment: {
        DEVICES_TABLE: tables.devices.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        FIRMWARE_TABLE: tables.firmware.tableName,
        REPLIES_TABLE: repliesTableName,
        ...images.environment,
        IMAGES_ENDPOINT: "amazon",
        UPDATES_DEAD_LETTERS_URL: queue.deadLetters.queueUrl,
        REGIONS: regions.join(),
      },
      timeoutSeconds: updatesTimeoutSeconds,
      pages,
    });
    this.allow(updates);
    queue.feed(updates, "updates");
  }

  private allow(updates: IFunction): void {
    const { tables, pipeline, images } = this.options;
    tables.devices.grant(updates, "dynamodb:BatchGetItem", "dynamodb:GetItem");
    // Publishes the events of an update in the order of the device's presence.
    tables.sessions.grant(updates, "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem");
    tables.firmware.grant(
      updates,
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      // Enrols late devices.
      "dynamodb:BatchWriteItem",
    );
    // Presigned URLs have the permissions of this role.
    images.allowRead(updates);
    pipeline.updates.deadLetters.grant(updates, "sqs:SendMessage");
    allowIot(updates, ["iot:Publish"], ["topic/events/*"], "Events of updates go to every fleet.");
    const clients = "Each device is a client of its own name.";
    allowIot(updates, ["iot:SendDirectMessage", "iot:GetConnection"], ["client/*"], clients);
  }
}
