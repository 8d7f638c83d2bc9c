import { Duration } from "aws-cdk-lib";
import type { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import {
  ledgerDays,
  ledgerMinutes,
  ledgerTimeoutSeconds,
  recordBatchMax,
  recordBatchSeconds,
  recordTimeoutSeconds,
} from "../../../shared/ledger/limits.ts";
import { heardDays, ledgerMemoryMiB } from "../../sizes.ts";
import { allow, allowIot } from "../allow.ts";
import type { Mail } from "../api/mail.ts";
import { fn } from "../function/fn.ts";
import { functionImpact } from "../function/functionImpact.ts";
import { functionMetric } from "../function/functionMetric.ts";
import type { GlobalTables } from "../globalTables.ts";
import { keptBucket } from "../keptBucket.ts";
import type { Pages } from "../pages.ts";
import { schedule } from "../schedule.ts";
import { WorkQueue } from "../workQueue.ts";

const objects = "The function names an object for each batch of records and each slice.";

interface RecordsOptions {
  readonly tables: GlobalTables;
  /** The table of concurrency slots and leases. */
  readonly slots: ITableV2;
  readonly pages: Pages;
}

/**
 * The ledger of deliveries: workers of the pipeline send records of their batches to a queue,
 * `record` stores them, and `ledger` detects missing deliveries.
 */
export class Records extends Construct {
  readonly queue: WorkQueue;
  readonly bucket: Bucket;
  private readonly options: RecordsOptions;
  /** The function `ledger`. */
  private readonly counter: LambdaFunction;

  constructor(scope: Construct, id: string, options: RecordsOptions) {
    super(scope, id);
    this.options = options;
    const { pages } = options;
    this.queue = new WorkQueue(this, "Records", {
      pages,
      impact: functionImpact.record,
      workSeconds: recordTimeoutSeconds,
    });
    this.bucket = bucket(this);
    this.record();
    this.counter = this.ledger();
  }

  private record(): void {
    const {
      tables: { ledger },
      pages,
    } = this.options;
    const record = fn(this, "record", {
      environment: {
        RECORDS_BUCKET: this.bucket.bucketName,
        LEDGER_TABLE: ledger.tableName,
        RECORDS_DEAD_LETTERS_URL: this.queue.deadLetters.queueUrl,
      },
      timeoutSeconds: recordTimeoutSeconds,
      pages,
    });
    const added = ["heard/*", "ledger/new/*"].map((keys) => this.bucket.arnForObjects(keys));
    allow(record, ["s3:PutObject"], added, objects);
    ledger.grant(record, "dynamodb:PutItem", "dynamodb:UpdateItem");
    this.queue.deadLetters.grant(record, "sqs:SendMessage");
    this.queue.feed(record, "records", {
      batchSeconds: recordBatchSeconds,
      batchMax: recordBatchMax,
    });
  }

  /** Lets the ledger order mails of notices about limits of usage. */
  sendMails(mail: Pick<Mail, "allowOrder" | "environment">): void {
    for (const [name, value] of Object.entries(mail.environment)) {
      this.counter.addEnvironment(name, value);
    }
    mail.allowOrder(this.counter);
  }

  private ledger(): LambdaFunction {
    const { tables, slots, pages } = this.options;
    const { ledger: table, integrations } = tables;
    const ledger = fn(this, "ledger", {
      environment: {
        RECORDS_BUCKET: this.bucket.bucketName,
        LEDGER_TABLE: table.tableName,
        INTEGRATIONS_TABLE: integrations.tableName,
        SLOTS_TABLE: slots.tableName,
        REGIONS: table.regions.join(),
      },
      timeoutSeconds: ledgerTimeoutSeconds,
      memory: ledgerMemoryMiB,
      pages,
    });
    const all = [this.bucket.arnForObjects("ledger/*")];
    allow(ledger, ["s3:ListBucket"], [this.bucket.bucketArn]);
    allow(ledger, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], all, objects);
    // Notices about limits: once in all regions.
    table.grantAnywhere(ledger, "dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:Query");
    // Reads limits of usage, and stores which are reached.
    integrations.grant(ledger, "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem");
    allowIot(
      ledger,
      ["iot:Publish"],
      ["topic/events/*/particle-internal/usage/notice/*"],
      "Each fleet gets notices about its limits of usage, under the publisher name of the cloud.",
    );
    schedule(this, ledger, {
      minutes: ledgerMinutes,
      slots,
      description: "Checks whether every accepted event reached its integrations",
      stopped: {
        sentence: "The schedule that detects missing deliveries does not run.",
        severity: "warning",
        components: ["integrations"],
      },
      pages,
    });
    this.watch(pages);
    return ledger;
  }

  private watch(pages: Pages): void {
    pages.when(this, "Missing", {
      metric: counted("LedgerMissing"),
      severity: "critical",
      components: ["integrations"],
      sentence: "Deliveries are missing: their events were accepted and have no outcome.",
      runbook: "deliveries-are-missing",
      threshold: 1,
    });
    pages.when(this, "UsageImbalance", {
      metric: counted("UsageImbalances"),
      severity: "warning",
      components: [],
      sentence: "Some usage of fleets that users read is not what the ledger counted.",
      runbook: "usage-does-not-balance",
      threshold: 1,
    });
  }
}

/** A metric of one run of `ledger`. */
const counted = (metricName: string): Metric =>
  functionMetric("ledger", metricName, { minutes: ledgerMinutes });

/** New entries are removed after they were merged, device activity after it was read. */
const bucket = (scope: Construct): Bucket =>
  keptBucket(scope, [
    { prefix: "heard/", expiration: Duration.days(heardDays) },
    // One day more than the ledger reads: an expired slice must not look like an empty one.
    { prefix: "ledger/slices/", expiration: Duration.days(ledgerDays + 1) },
  ]);
