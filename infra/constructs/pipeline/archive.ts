import { Duration } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { archiveDayClasses, archiveTimeoutSeconds } from "../../../shared/archive/limits.ts";
import { archiveBatchMax, archiveWindowSeconds } from "../../sizes.ts";
import { allow } from "../allow.ts";
import { fn } from "../function/fn.ts";
import { functionImpact } from "../function/functionImpact.ts";
import { keptBucket } from "../keptBucket.ts";
import type { Pages } from "../pages.ts";
import { WorkQueue } from "../workQueue.ts";

/** The archive of events of fleets that enable it: a queue, a function and a bucket. */
export class Archive extends Construct {
  readonly queue: IQueue;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { pages }: { pages: Pages }) {
    super(scope, id);
    const work = new WorkQueue(this, "Archiving", {
      pages,
      impact: functionImpact.archive,
      workSeconds: archiveTimeoutSeconds,
      batchSeconds: archiveWindowSeconds,
    });
    this.queue = work.queue;
    this.bucket = bucket(this);
    const archive = fn(this, "archive", {
      environment: {
        ARCHIVE_BUCKET: this.bucket.bucketName,
        ARCHIVE_DEAD_LETTERS_URL: work.deadLetters.queueUrl,
      },
      timeoutSeconds: archiveTimeoutSeconds,
      pages,
    });
    allow(archive, ["s3:PutObject", "s3:PutObjectTagging"], [this.objects], objectsOfFleets);
    work.deadLetters.grant(archive, "sqs:SendMessage");
    work.feed(archive, "archive", {
      batchMax: archiveBatchMax,
      batchSeconds: archiveWindowSeconds,
    });
  }

  /** Lets a function read the archive. */
  allowRead(reader: IFunction): void {
    allow(reader, ["s3:ListBucket"], [this.bucket.bucketArn]);
    allow(reader, ["s3:GetObject"], [this.objects], objectsOfFleets);
  }

  private get objects(): string {
    return this.bucket.arnForObjects("events/*");
  }
}

const objectsOfFleets = "Each batch of a fleet's events is an object of its own.";

/** Objects expire by the retention in their tag. */
const bucket = (scope: Construct): Bucket =>
  keptBucket(
    scope,
    archiveDayClasses.map((days) => ({
      tagFilters: { days: String(days) },
      // An object expires at least half a day after its last event left the retention period.
      expiration: Duration.days(days + 1),
    })),
  );
