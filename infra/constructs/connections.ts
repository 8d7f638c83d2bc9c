import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { presenceTimeoutSeconds, replyKeptSeconds } from "../../shared/limits.ts";
import { presenceConcurrencyMax } from "../sizes.ts";
import { allowIot } from "./allow.ts";
import { fn } from "./fn.ts";
import type { GlobalTables } from "./globalTables.ts";
import type { Pages } from "./pages.ts";
import { type Pipeline, receivedSql } from "./pipeline.ts";
import { TopicRule } from "./topicRule.ts";

/** Made in each region under the same name: another region looks here for what a device answered. */
export const repliesTableName = "godwit-replies";

interface ConnectionsOptions {
  readonly tables: GlobalTables;
  readonly pipeline: Pipeline;
  readonly pages: Pages;
  readonly regions: readonly string[];
}

/**
 * What is known of devices' connections, and how their answers come back: what the broker and the devices say goes
 * through rules and a queue to `presence`; what a device answers to a call goes by a rule into a table. No code
 * of ours is in the way of an answer.
 */
export class Connections extends Construct {
  readonly replies: TableV2;
  readonly returnsRule: TopicRule;
  private readonly options: ConnectionsOptions;

  constructor(scope: Construct, id: string, options: ConnectionsOptions) {
    super(scope, id);
    this.options = options;
    const { pipeline, pages } = options;
    const { failed } = pipeline;
    this.replies = replies(this);
    this.returnsRule = new TopicRule(this, "Returns", {
      name: "godwit_returns",
      // The device is the topic's, which the policy vouches for: no device answers in another's place.
      sql: `SELECT topic(2) AS device, id AS call, encode(*, 'base64') AS reply, floor(timestamp() / 1000) + ${replyKeptSeconds} AS expiresAt FROM 'returns/+' WHERE regexp_matches(id, '^[0-9a-f]{32}$')`,
      to: this.replies,
      failed,
      kind: "returns",
      pages,
    });
    for (const [id, { name, from }] of Object.entries(signs)) {
      const to = pipeline.presence.queue;
      new TopicRule(this, id, {
        name,
        sql: `${receivedSql} FROM '${from}'`,
        to,
        failed,
        kind: "presence",
        pages,
      });
    }
    this.presence();
  }

  private presence(): void {
    const { tables, pipeline, pages, regions } = this.options;
    const { presence: queue } = pipeline;
    const concurrencyMax = presenceConcurrencyMax;
    const presence = fn(this, "presence", {
      environment: {
        DEVICES_TABLE: tables.devices.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        REPLIES_TABLE: repliesTableName,
        REGIONS: regions.join(),
        PRESENCE_DEAD_LETTERS_URL: queue.deadLetters.queueUrl,
      },
      timeoutSeconds: presenceTimeoutSeconds,
      concurrencyMax,
      pages,
    });
    // It notes that a new certificate is used, and which claim codes devices say.
    tables.devices.grant(presence, "dynamodb:GetItem", "dynamodb:PutItem");
    tables.sessions.grant(presence, "dynamodb:GetItem", "dynamodb:PutItem");
    queue.deadLetters.grant(presence, "sqs:SendMessage");
    allowIot(presence, ["iot:Publish"], ["topic/events/*"]);
    allowIot(presence, ["iot:SendDirectMessage", "iot:GetConnection"], ["client/*"]);
    queue.feed(presence, { concurrencyMax });
  }
}

/** What tells of a device's connection: the broker, and the device itself. */
const signs = {
  Presence: { name: "godwit_presence", from: "$aws/events/presence/+/+" },
  Hello: { name: "godwit_hello", from: "hello/+" },
} as const;

/** Answers that somebody waits for. Worth nothing after a minute, so they are not protected. */
const replies = (scope: Construct): TableV2 =>
  new TableV2(scope, "Replies", {
    tableName: repliesTableName,
    partitionKey: { name: "device", type: AttributeType.STRING },
    sortKey: { name: "call", type: AttributeType.STRING },
    timeToLiveAttribute: "expiresAt",
    billing: Billing.onDemand(),
    removalPolicy: RemovalPolicy.DESTROY,
  });
