import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { deliverTimeoutSeconds } from "../../../shared/delivery/limits.ts";
import { queueDelaySecondsMax } from "../../../shared/platform/quotas.ts";
import { presenceTimeoutSeconds } from "../../../shared/presence/limits.ts";
import { updatesTimeoutSeconds } from "../../../shared/release/protocol/limits.ts";
import { routeTimeoutSeconds } from "../../../shared/routing/limits.ts";
import { alarmMinutes } from "../../sizes.ts";
import { allowIot } from "../allow.ts";
import { fn } from "../function/fn.ts";
import { functionImpact } from "../function/functionImpact.ts";
import { functionMetric } from "../function/functionMetric.ts";
import { allowRecording, type GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import type { SecretsKey } from "../secretsKey.ts";
import { WorkQueue } from "../workQueue.ts";
import { FailedEvents } from "./failedEvents.ts";
import { Records } from "./records.ts";
import { TopicRule } from "./topicRule.ts";
import { WaitingDeliveries } from "./waitingDeliveries.ts";

interface PipelineOptions {
  readonly tables: GlobalTables;
  readonly seen: TableV2;
  readonly recent: TableV2;
  readonly rateLimits: TableV2;
  /** The table of concurrency slots and leases. */
  readonly slots: TableV2;
  /** Receives the events of fleets with an archive. */
  readonly archive: IQueue;
  readonly secrets: SecretsKey;
  readonly pages: Pages;
  /** Whether the table of waiting deliveries may be deleted. */
  readonly isUnprotected: boolean;
  /**
   * How long a worker waits for a full batch, in seconds: more delay, fewer requests. On a queue
   * with few messages, the delay may be 20 s.
   */
  readonly batchSeconds: number;
}

/** The SQL of a rule that writes the message format of the queues. */
export const receivedSql =
  "SELECT topic() AS topic, timestamp() AS receivedAt, newuuid() AS id, encode(*, 'base64') AS data";

/**
 * The path of an event: topic rule, queue, `route`, queue, `deliver`; and the dead-letter queues of
 * each step.
 */
export class Pipeline extends Construct {
  readonly events: WorkQueue;
  readonly deliveries: WorkQueue;
  /** Deliveries to slow targets, with their own workers. */
  private readonly slowLane: WorkQueue;
  /** Lifecycle events and messages about devices' connections. */
  readonly presence: WorkQueue;
  /** Messages about updates of the firmware. */
  readonly updates: WorkQueue;
  readonly failed: FailedEvents;
  readonly records: Records;
  private readonly waiting: WaitingDeliveries;
  readonly rule: TopicRule;
  private readonly options: PipelineOptions;

  constructor(scope: Construct, id: string, options: PipelineOptions) {
    super(scope, id);
    this.options = options;
    const { pages, slots } = options;
    this.events = new WorkQueue(this, "Events", {
      pages,
      impact: functionImpact.route,
      workSeconds: routeTimeoutSeconds,
    });
    const delivering = {
      pages,
      impact: functionImpact.deliver,
      workSeconds: deliverTimeoutSeconds,
      deadLetterWorkSeconds: deliverTimeoutSeconds,
      delaySecondsMax: queueDelaySecondsMax,
    };
    this.deliveries = new WorkQueue(this, "Deliveries", delivering);
    this.slowLane = new WorkQueue(this, "SlowLane", delivering);
    this.waiting = new WaitingDeliveries(this, "Waiting", {
      deliveries: this.deliveries,
      slots,
      isUnprotected: options.isUnprotected,
      pages,
    });
    this.presence = new WorkQueue(this, "Presence", {
      pages,
      impact: functionImpact.presence,
      workSeconds: presenceTimeoutSeconds,
    });
    this.updates = new WorkQueue(this, "Updates", {
      pages,
      impact: functionImpact.updates,
      workSeconds: updatesTimeoutSeconds,
    });
    this.records = new Records(this, "Records", { tables: options.tables, slots, pages });
    this.failed = new FailedEvents(this, "Failed", {
      events: this.events.queue,
      presence: this.presence.queue,
      updates: this.updates.queue,
      slots,
      pages,
    });
    this.rule = new TopicRule(this, "Rule", {
      name: "godwit_events",
      // Events for live subscribers only are not forwarded (shared/platform/topic.ts).
      sql: `${receivedSql} FROM 'events/#' WHERE NOT regexp_matches(topic(), '^events/[^/]+/particle-internal/.+/[?]live=1$')`,
      to: this.events.queue,
      failed: this.failed,
      kind: "events",
      components: ["events", "integrations"],
      pages,
    });
    this.route();
    this.deliver();
    this.storeDeadLetters();
  }

  /** The table of deliveries whose next attempt is later than a queue can delay. */
  get waitingTable(): TableV2 {
    return this.waiting.table;
  }

  private route(): void {
    const { tables, seen, recent, archive, pages, batchSeconds } = this.options;
    const route = fn(this, "route", {
      environment: {
        INTEGRATIONS_TABLE: tables.integrations.tableName,
        SEEN_TABLE: seen.tableName,
        RECENT_TABLE: recent.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        DELIVERIES_QUEUE_URL: this.deliveries.queue.queueUrl,
        SLOW_LANE_QUEUE_URL: this.slowLane.queue.queueUrl,
        RECORDS_QUEUE_URL: this.records.queue.queue.queueUrl,
        ARCHIVE_QUEUE_URL: archive.queueUrl,
        PRESENCE_QUEUE_URL: this.presence.queue.queueUrl,
        EVENTS_DEAD_LETTERS_URL: this.events.deadLetters.queueUrl,
        REGIONS: tables.integrations.regions.join(),
      },
      timeoutSeconds: routeTimeoutSeconds,
      pages,
    });
    tables.integrations.grant(route, "dynamodb:Query");
    seen.grant(route, "dynamodb:GetItem", "dynamodb:PutItem");
    recent.grant(route, "dynamodb:BatchWriteItem");
    // Detects lost sessions of devices that publish, and records that the table is empty.
    tables.sessions.grant(route, "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem");
    this.presence.queue.grant(route, "sqs:SendMessage");
    this.deliveries.queue.grant(route, "sqs:SendMessage");
    // Deliveries that a limit of usage slows down.
    this.slowLane.queue.grant(route, "sqs:SendMessage");
    this.records.queue.queue.grant(route, "sqs:SendMessage");
    archive.grant(route, "sqs:SendMessage");
    this.events.deadLetters.grant(route, "sqs:SendMessage");
    // Publishes the receive times of events to the streams of a fleet.
    allowIot(
      route,
      ["iot:Publish"],
      ["topic/acks/*", "topic/stamps/*"],
      "Each device has a topic for acknowledgments, and each fleet one for receive times.",
    );
    this.events.feed(route, "events", { batchSeconds });
    this.watchReads("route");
  }

  private deliver(): void {
    const { tables, rateLimits, secrets, pages, batchSeconds } = this.options;
    const deliver = fn(this, "deliver", {
      environment: {
        INTEGRATIONS_TABLE: tables.integrations.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
        AUDIT_TABLE: tables.audit.tableName,
        WAITING_TABLE: this.waiting.table.tableName,
        RATE_LIMITS_TABLE: rateLimits.tableName,
        DELIVERIES_QUEUE_URL: this.deliveries.queue.queueUrl,
        SLOW_LANE_QUEUE_URL: this.slowLane.queue.queueUrl,
        RECORDS_QUEUE_URL: this.records.queue.queue.queueUrl,
        DELIVERIES_DEAD_LETTERS_URL: this.deliveries.deadLetters.queueUrl,
        PRIVATE_TARGETS: "refused",
        ...secrets.environment,
      },
      timeoutSeconds: deliverTimeoutSeconds,
      sendsToItself: true,
      pages,
    });
    // Reads the firmware version of devices for integrations that use it.
    tables.sessions.grant(deliver, "dynamodb:BatchGetItem");
    // Records the health of integrations, and disables those that only fail.
    tables.integrations.grant(deliver, "dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem");
    // Encrypts secrets again that lack the key of a region.
    tables.integrations.grant(deliver, "dynamodb:UpdateItem");
    // Counts the attempts at recovering targets, over all workers.
    rateLimits.grant(deliver, "dynamodb:UpdateItem");
    // Publishes response events to fleets, under the publisher name of the cloud.
    allowIot(
      deliver,
      ["iot:Publish"],
      ["topic/events/*/particle-internal/*"],
      "Response events go to every fleet, under the publisher name of the cloud.",
    );
    tables.deadLetters.grantAnywhere(deliver, "dynamodb:PutItem");
    // Integrations that are disabled automatically.
    allowRecording(deliver, tables);
    this.waiting.table.grant(deliver, "dynamodb:PutItem");
    this.deliveries.queue.grant(deliver, "sqs:SendMessage");
    this.slowLane.queue.grant(deliver, "sqs:SendMessage");
    this.records.queue.queue.grant(deliver, "sqs:SendMessage");
    this.deliveries.deadLetters.grant(deliver, "sqs:SendMessage");
    secrets.allowOpen(deliver);
    this.deliveries.feed(deliver, "deliveries", { batchSeconds });
    this.slowLane.feed(deliver, "slowLane", {
      batchSeconds,
    });
    this.watchReads("deliver");
  }

  private storeDeadLetters(): void {
    const { tables, pages } = this.options;
    const worker = fn(this, "storeDeadLetters", {
      environment: {
        DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
        RECORDS_QUEUE_URL: this.records.queue.queue.queueUrl,
        REGIONS: tables.deadLetters.regions.join(),
      },
      timeoutSeconds: deliverTimeoutSeconds,
      pages,
    });
    tables.deadLetters.grantAnywhere(worker, "dynamodb:PutItem");
    this.records.queue.queue.grant(worker, "sqs:SendMessage");
    this.deliveries.feedDeadLetters(worker);
    this.slowLane.feedDeadLetters(worker);
  }

  /** Each worker counts an unreadable integration once, when the problem begins. */
  private watchReads(service: "route" | "deliver"): void {
    this.options.pages.when(this, `Unreadable-${service}`, {
      metric: functionMetric(service, "IntegrationsUnreadable", {
        minutes: alarmMinutes,
        statistic: "sum",
      }),
      sentence: `The function ${service} cannot read integrations.`,
      severity: "error",
      components: ["integrations"],
      runbook: "an-integration-cannot-be-read",
      threshold: 1,
    });
  }
}
