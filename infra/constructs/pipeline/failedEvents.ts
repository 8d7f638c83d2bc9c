import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { recoverMinutes, recoverTimeoutSeconds } from "../../../shared/event/limits.ts";
import {
  failedEventsMinutesMax,
  failedReturnsDays,
  recoverConcurrencyMax,
  recoverMemoryMiB,
} from "../../sizes.ts";
import { allow } from "../allow.ts";
import { fn } from "../function/fn.ts";
import { keptBucket } from "../keptBucket.ts";
import type { Pages } from "../pages.ts";
import { schedule } from "../schedule.ts";

const objects = "The rule names an object for each message that failed.";

interface FailedEventsOptions {
  /** Where devices' events are brought back to. */
  readonly events: IQueue;
  /** Where what is said of their connections is. */
  readonly presence: IQueue;
  readonly pages: Pages;
}

/** What a rule could not put where it belongs: a bucket keeps it, and `recover` brings it back into its queue. */
export class FailedEvents extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { events, presence, pages }: FailedEventsOptions) {
    super(scope, id);
    this.bucket = bucket(this);
    const recover = fn(this, "recover", {
      environment: {
        FAILED_EVENTS_BUCKET: this.bucket.bucketName,
        EVENTS_QUEUE_URL: events.queueUrl,
        PRESENCE_QUEUE_URL: presence.queueUrl,
      },
      timeoutSeconds: recoverTimeoutSeconds,
      memory: recoverMemoryMiB,
      concurrencyMax: recoverConcurrencyMax,
      pages,
    });
    const waiting = recovered.map((kind) => this.bucket.arnForObjects(`${kind}/*`));
    allow(recover, ["s3:ListBucket"], [this.bucket.bucketArn]);
    allow(recover, ["s3:GetObject", "s3:DeleteObject"], waiting, objects);
    // Where it sets aside what it cannot read.
    allow(recover, ["s3:PutObject"], [this.bucket.arnForObjects("unreadable/*")], objects);
    events.grant(recover, "sqs:SendMessage");
    presence.grant(recover, "sqs:SendMessage");
    schedule(this, recover, {
      minutes: recoverMinutes,
      description: "Brings back events that the topic rule could not put into its queue",
      says: "The schedule that brings back failed events does not run.",
      pages,
    });
    this.watch(pages);
  }

  private watch(pages: Pages): void {
    pages.when(this, "Wait", {
      metric: counted("FailedEventsFound"),
      says: `Failed events have been waiting in S3 for ${failedEventsMinutesMax} minutes.`,
      runbook: "failed-events-wait-in-s3",
      threshold: 1,
      periods: failedEventsMinutesMax / recoverMinutes,
    });
    pages.when(this, "Unreadable", {
      metric: counted("FailedEventsMalformed"),
      says: "Failed events cannot be read and have been set aside in S3.",
      runbook: "a-failed-event-cannot-be-read",
      threshold: 1,
    });
  }
}

/** What is brought back. A reply that nobody waits for any more is only kept to be looked at. */
const recovered = ["events", "presence"] as const;

/** The kinds of what fails, each under a prefix of its own. */
export type FailedKind = (typeof recovered)[number] | "returns";

/** What `recover` counts in a run. It writes nothing when there is nothing to count. */
const counted = (metricName: string): Metric =>
  new Metric({
    namespace: "Godwit",
    metricName,
    dimensionsMap: { service: "recover" },
    period: Duration.minutes(recoverMinutes),
    statistic: "max",
  });

/** Nothing in it expires but replies: an event leaves when it has been brought back. */
const bucket = (scope: Construct): Bucket =>
  keptBucket(scope, [{ prefix: "returns/", expiration: Duration.days(failedReturnsDays) }]);
