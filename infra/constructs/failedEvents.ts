import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { recoverMinutes, recoverTimeoutSeconds } from "../../shared/limits.ts";
import { alarmMinutes, failedEventsMinutesMax, recoverConcurrencyMax } from "../sizes.ts";
import { allow } from "./allow.ts";
import { fn } from "./fn.ts";
import type { Pages } from "./pages.ts";

interface FailedEventsOptions {
  /** Where the events are brought back to. */
  readonly events: IQueue;
  readonly pages: Pages;
}

/** Events that did not get into their queue: a bucket keeps them, and `recover` brings them back. */
export class FailedEvents extends Construct {
  readonly bucket: Bucket;
  readonly prefix = "events/";

  constructor(scope: Construct, id: string, { events, pages }: FailedEventsOptions) {
    super(scope, id);
    this.bucket = bucket(this);
    const recover = fn(this, "recover", {
      environment: {
        FAILED_EVENTS_BUCKET: this.bucket.bucketName,
        EVENTS_QUEUE_URL: events.queueUrl,
      },
      timeoutSeconds: recoverTimeoutSeconds,
      concurrencyMax: recoverConcurrencyMax,
      pages,
    });
    const waiting = this.bucket.arnForObjects(`${this.prefix}*`);
    allow(recover, ["s3:ListBucket"], [this.bucket.bucketArn]);
    allow(recover, ["s3:GetObject", "s3:DeleteObject"], [waiting]);
    // Where it sets aside what it cannot read.
    allow(recover, ["s3:PutObject"], [this.bucket.arnForObjects("unreadable/*")]);
    events.grant(recover, "sqs:SendMessage");
    new Rule(this, "Clock", {
      description: "Brings back events that the topic rule could not put into its queue",
      schedule: Schedule.rate(Duration.minutes(recoverMinutes)),
      targets: [new LambdaFunction(recover)],
    });
    this.watch(recover, pages);
  }

  private watch(recover: IFunction, pages: Pages): void {
    pages.when(this, "Wait", {
      metric: counted("FailedEventsFound"),
      says: `Failed events have been waiting in S3 for ${failedEventsMinutesMax} minutes.`,
      runbook: "failed-events-wait-in-s3",
      threshold: 1,
      periods: failedEventsMinutesMax / recoverMinutes,
    });
    pages.when(this, "Unreadable", {
      metric: counted("FailedEventsUnreadable"),
      says: "Failed events cannot be read and have been set aside in S3.",
      runbook: "a-failed-event-cannot-be-read",
      threshold: 1,
    });
    pages.when(this, "Stopped", {
      metric: recover.metricInvocations({
        period: Duration.minutes(alarmMinutes),
        statistic: "sum",
      }),
      says: "The schedule that brings back failed events does not run.",
      runbook: "the-schedule-does-not-run",
      threshold: 1,
      whenBelow: true,
      silence: "page",
    });
  }
}

/** What `recover` counts in a run. It writes nothing when there is nothing to count. */
const counted = (metricName: string): Metric =>
  new Metric({
    namespace: "Godwit",
    metricName,
    dimensionsMap: { service: "recover" },
    period: Duration.minutes(recoverMinutes),
    statistic: "max",
  });

/** Nothing in it expires: an event leaves when it has been brought back. */
const bucket = (scope: Construct): Bucket =>
  new Bucket(scope, "Bucket", {
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    removalPolicy: RemovalPolicy.RETAIN,
  });
