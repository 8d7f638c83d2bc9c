import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { recordBatchMax, recordBatchSeconds, recordTimeoutSeconds } from "../../shared/limits.ts";
import { heardDays, recordConcurrencyMax } from "../sizes.ts";
import { allow } from "./allow.ts";
import { fn } from "./fn.ts";
import type { Pages } from "./pages.ts";
import { WorkQueue } from "./workQueue.ts";

/** What the pipeline's workers say of their batches: a queue, and `record`, which writes it down. */
export class Records extends Construct {
  readonly queue: WorkQueue;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { pages }: { readonly pages: Pages }) {
    super(scope, id);
    this.queue = new WorkQueue(this, "Records", { pages, workSeconds: recordTimeoutSeconds });
    this.bucket = bucket(this);
    const concurrencyMax = recordConcurrencyMax;
    const record = fn(this, "record", {
      environment: {
        RECORDS_BUCKET: this.bucket.bucketName,
        RECORDS_DEAD_LETTERS_URL: this.queue.deadLetters.queueUrl,
      },
      timeoutSeconds: recordTimeoutSeconds,
      concurrencyMax,
      pages,
    });
    allow(record, ["s3:PutObject"], [this.bucket.arnForObjects("heard/*")]);
    this.queue.deadLetters.grant(record, "sqs:SendMessage");
    this.queue.feed(record, {
      concurrencyMax,
      batchSeconds: recordBatchSeconds,
      batchMax: recordBatchMax,
    });
  }
}

/** What lies in it is removed by who reads it; what nobody reads any more expires. */
const bucket = (scope: Construct): Bucket =>
  new Bucket(scope, "Bucket", {
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    lifecycleRules: [{ prefix: "heard/", expiration: Duration.days(heardDays) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
