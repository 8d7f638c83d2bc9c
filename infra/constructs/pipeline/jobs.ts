import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { jobTimeoutSeconds } from "../../../shared/job/limits.ts";
import { fn } from "../function/fn.ts";
import { functionImpact } from "../function/functionImpact.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { WorkQueue } from "../workQueue.ts";
import type { Archive } from "./archive.ts";
import type { Pipeline } from "./pipeline.ts";

interface JobsOptions {
  readonly tables: GlobalTables;
  /** Its queues of deliveries and of records for the ledger. */
  readonly pipeline: Pipeline;
  /** The archive, which backfills read. */
  readonly archive: Archive;
  readonly pages: Pages;
}

/** Replays and backfills: a queue with a message for each job, and the function that runs them. */
export class Jobs extends Construct {
  readonly queue: IQueue;

  constructor(scope: Construct, id: string, options: JobsOptions) {
    super(scope, id);
    const { tables, pipeline, archive, pages } = options;
    const deliveries = pipeline.deliveries.queue;
    const records = pipeline.records.queue.queue;
    const work = new WorkQueue(this, "Work", {
      pages,
      impact: functionImpact.runJob,
      workSeconds: jobTimeoutSeconds,
    });
    this.queue = work.queue;
    const job = fn(this, "runJob", {
      environment: {
        INTEGRATIONS_TABLE: tables.integrations.tableName,
        DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
        ARCHIVE_BUCKET: archive.bucket.bucketName,
        DELIVERIES_QUEUE_URL: deliveries.queueUrl,
        JOBS_QUEUE_URL: work.queue.queueUrl,
        RECORDS_QUEUE_URL: records.queueUrl,
        JOBS_DEAD_LETTERS_URL: work.deadLetters.queueUrl,
      },
      timeoutSeconds: jobTimeoutSeconds,
      sendsToItself: true,
      pages,
    });
    tables.integrations.grant(job, "dynamodb:GetItem");
    // The same table stores the jobs.
    tables.deadLetters.grant(
      job,
      "dynamodb:Query",
      "dynamodb:BatchWriteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
    );
    archive.allowRead(job);
    deliveries.grant(job, "sqs:SendMessage");
    records.grant(job, "sqs:SendMessage");
    work.queue.grant(job, "sqs:SendMessage");
    work.deadLetters.grant(job, "sqs:SendMessage");
    work.feed(job, "jobs");
  }
}
