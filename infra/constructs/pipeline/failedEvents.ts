import { Duration } from "aws-cdk-lib";
import type { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { recoverMinutes, recoverTimeoutSeconds } from "../../../shared/event/limits.ts";
import { failedEventsMinutesMax, failedReturnsDays, recoverMemoryMiB } from "../../sizes.ts";
import { allow } from "../allow.ts";
import { fn } from "../function/fn.ts";
import { functionMetric } from "../function/functionMetric.ts";
import { keptBucket } from "../keptBucket.ts";
import { type Pages, sustained } from "../pages.ts";
import { schedule } from "../schedule.ts";

const objects = "The rule names an object for each message that failed.";

interface FailedEventsOptions {
  /** The queue that recovered events return to. */
  readonly events: IQueue;
  /** The queue of messages about devices' connections. */
  readonly presence: IQueue;
  /** The queue of messages about updates of the firmware. */
  readonly updates: IQueue;
  /** The table of concurrency slots and leases. */
  readonly slots: ITableV2;
  readonly pages: Pages;
}

/**
 * Messages that a rule could not put into its queue: a bucket stores them, and `recover` returns
 * them to the queue.
 */
export class FailedEvents extends Construct {
  readonly bucket: Bucket;

  constructor(
    scope: Construct,
    id: string,
    { events, presence, updates, slots, pages }: FailedEventsOptions,
  ) {
    super(scope, id);
    this.bucket = bucket(this);
    const recover = fn(this, "recover", {
      environment: {
        FAILED_EVENTS_BUCKET: this.bucket.bucketName,
        EVENTS_QUEUE_URL: events.queueUrl,
        PRESENCE_QUEUE_URL: presence.queueUrl,
        UPDATES_QUEUE_URL: updates.queueUrl,
        SLOTS_TABLE: slots.tableName,
      },
      timeoutSeconds: recoverTimeoutSeconds,
      memory: recoverMemoryMiB,
      pages,
    });
    const waiting = recovered.map((kind) => this.bucket.arnForObjects(`${kind}/*`));
    allow(recover, ["s3:ListBucket"], [this.bucket.bucketArn]);
    allow(recover, ["s3:GetObject", "s3:DeleteObject"], waiting, objects);
    // Objects that cannot be parsed are moved here.
    allow(recover, ["s3:PutObject"], [this.bucket.arnForObjects("unreadable/*")], objects);
    events.grant(recover, "sqs:SendMessage");
    presence.grant(recover, "sqs:SendMessage");
    updates.grant(recover, "sqs:SendMessage");
    schedule(this, recover, {
      minutes: recoverMinutes,
      slots,
      description: "Recovers events that the topic rule could not put into its queue",
      stopped: {
        sentence: "The schedule that recovers failed events does not run.",
        severity: "error",
        components: ["events"],
      },
      pages,
    });
    this.watch(pages);
  }

  private watch(pages: Pages): void {
    pages.when(this, "Wait", {
      metric: counted("FailedEventsFound"),
      severity: "error",
      components: ["events"],
      sentence: `Failed events have been waiting in S3 for ${failedEventsMinutesMax} minutes.`,
      runbook: "failed-events-wait-in-s3",
      threshold: 1,
      ...sustained(failedEventsMinutesMax / recoverMinutes),
    });
    pages.when(this, "Unreadable", {
      metric: counted("FailedEventsMalformed"),
      severity: "error",
      components: ["events"],
      sentence: "Failed events cannot be parsed. They were moved to another prefix in S3.",
      runbook: "a-failed-event-cannot-be-read",
      threshold: 1,
    });
  }
}

/** The kinds that return to a queue. Replies that came too late are only stored for inspection. */
const recovered = ["events", "presence", "updates"] as const;

/** The kinds of failed messages, each under its own prefix. */
export type FailedKind = (typeof recovered)[number] | "returns";

/** A metric of one run of `recover`. */
const counted = (metricName: string): Metric =>
  functionMetric("recover", metricName, { minutes: recoverMinutes });

/** Only replies expire: events are removed after their recovery. */
const bucket = (scope: Construct): Bucket =>
  keptBucket(scope, [{ prefix: "returns/", expiration: Duration.days(failedReturnsDays) }]);
