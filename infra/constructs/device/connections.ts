import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { replyTtlSeconds } from "../../../shared/call/limits.ts";
import { presenceTimeoutSeconds } from "../../../shared/presence/limits.ts";
import { allow, allowIot } from "../allow.ts";
import { fn } from "../function/fn.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { type Pipeline, receivedSql } from "../pipeline/pipeline.ts";
import { TopicRule } from "../pipeline/topicRule.ts";
import { shortLivedTable } from "../shortLivedTable.ts";
import { allowAligning } from "./allowRegistry.ts";
import { devicePolicyName } from "./devicePolicy.ts";

/** The name is the same in each region: another region reads replies of devices here. */
export const repliesTableName = "godwit-replies";

interface ConnectionsOptions {
  readonly tables: GlobalTables;
  readonly pipeline: Pipeline;
  readonly pages: Pages;
  /** Validity of a new device certificate, in days; 0 means that it does not expire. */
  readonly certificateDays: number;
  readonly regions: readonly string[];
}

/**
 * Connections of devices and replies to calls. Lifecycle events of the broker and messages of
 * devices pass through rules and a queue to `presence`. A rule writes replies to a table; no
 * function runs for a reply.
 */
export class Connections extends Construct {
  /** Replies to calls. */
  readonly replies: TableV2;
  readonly returnsRule: TopicRule;
  /** The rule for certificate requests of devices. */
  readonly certificatesRule: TopicRule;
  private readonly options: ConnectionsOptions;

  constructor(scope: Construct, id: string, options: ConnectionsOptions) {
    super(scope, id);
    this.options = options;
    const { pipeline, pages } = options;
    const { failed } = pipeline;
    this.replies = shortLivedTable(this, "Replies", {
      tableName: repliesTableName,
      keys: ["device", "call"],
    });
    this.returnsRule = new TopicRule(this, "Returns", {
      name: "godwit_returns",
      // The device id is part of the topic, which the policy restricts: no device can reply for
      // another one.
      sql: `SELECT topic(2) AS device, id AS call, encode(*, 'base64') AS reply, floor(timestamp() / 1000) + ${replyTtlSeconds} AS expiresAt FROM 'returns/+' WHERE regexp_matches(id, '^[0-9a-f]{32}$')`,
      to: this.replies,
      failed,
      kind: "returns",
      components: ["calls"],
      pages,
    });
    this.toPresence("Presence", "godwit_presence", "$aws/events/presence/+/+");
    this.toPresence("Hello", "godwit_hello", "hello/+");
    this.certificatesRule = this.toPresence(
      "Certificates",
      "godwit_certificates",
      "certificates/+",
    );
    this.presence();
  }

  /** A rule that sends messages about connections to `presence`. */
  private toPresence(id: string, name: string, from: string): TopicRule {
    const { pipeline, pages } = this.options;
    return new TopicRule(this, id, {
      name,
      sql: `${receivedSql} FROM '${from}'`,
      to: pipeline.presence.queue,
      failed: pipeline.failed,
      kind: "presence",
      components: ["connectivity"],
      pages,
    });
  }

  private presence(): void {
    const { tables, pipeline, pages, regions, certificateDays } = this.options;
    const { presence: queue } = pipeline;
    const presence = fn(this, "presence", {
      environment: {
        DEVICES_TABLE: tables.devices.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        FIRMWARE_TABLE: tables.firmware.tableName,
        REPLIES_TABLE: repliesTableName,
        UPDATES_QUEUE_URL: pipeline.updates.queue.queueUrl,
        REGIONS: regions.join(),
        DEVICE_POLICY: devicePolicyName,
        CERTIFICATE_DAYS: String(certificateDays),
        PRESENCE_DEAD_LETTERS_URL: queue.deadLetters.queueUrl,
      },
      timeoutSeconds: presenceTimeoutSeconds,
      pages,
    });
    // Records the first use of a new certificate, and claim codes that devices publish.
    // The rows of a batch are read in one call.
    const reads = ["dynamodb:BatchGetItem", "dynamodb:GetItem"] as const;
    tables.devices.grant(presence, ...reads, "dynamodb:PutItem");
    tables.sessions.grant(presence, ...reads, "dynamodb:PutItem");
    // Vitals of devices, which `route` forwards to the queue.
    tables.firmware.grant(presence, "dynamodb:PutItem", "dynamodb:Query");
    queue.deadLetters.grant(presence, "sqs:SendMessage");
    // Hellos of devices that may need an update.
    tables.firmware.grant(presence, "dynamodb:GetItem", "dynamodb:Query");
    pipeline.updates.queue.grant(presence, "sqs:SendMessage");
    allowIot(presence, ["iot:Publish"], ["topic/events/*"], "Status events go to every fleet.");
    const onClients = [
      "iot:SendDirectMessage",
      "iot:GetConnection",
      "iot:DeleteConnection",
    ] as const;
    allowIot(presence, onClients, ["client/*"], "Each device is a client of its own name.");
    // Signs certificate requests of devices, and revokes the previous certificates.
    allow(
      presence,
      ["iot:CreateCertificateFromCsr"],
      ["*"],
      "A certificate that does not exist yet has no resource.",
    );
    allowAligning(presence, regions);
    queue.feed(presence, "presence");
  }
}
