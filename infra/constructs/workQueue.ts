import { Duration } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { deadLetterQueueDays } from "../../shared/platform/limits.ts";
import { queueBatchMax, receivesMax } from "../../shared/platform/quotas.ts";
import { alarmMinutes, queueAgeSecondsMax, queueBacklogMessagesMax, queueDays } from "../sizes.ts";
import type { Pages } from "./pages.ts";

interface WorkQueueOptions {
  readonly pages: Pages;
  /** How long the queue's worker may take for a batch. */
  readonly workSeconds: number;
  /** How long a message may wait on purpose, by a delay that its sender gave it. */
  readonly delaySecondsMax?: number;
  /** How long the worker behind the dead letters may take; without one, a person reads them. */
  readonly burySeconds?: number;
}

interface FeedOptions {
  /** Batches at once. */
  readonly concurrencyMax: number;
  /** Messages in a batch. More than ten only with `batchSeconds`. */
  readonly batchMax?: number;
  /** How long a batch may wait to be full. */
  readonly batchSeconds?: number;
}

/** A queue, the place where its failures end, and the alarms that say so. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  private readonly pages: Pages;

  constructor(scope: Construct, id: string, options: WorkQueueOptions) {
    super(scope, id);
    this.pages = options.pages;
    this.deadLetters = new Queue(this, "DeadLetters", {
      retentionPeriod: Duration.days(deadLetterQueueDays),
      visibilityTimeout: hiddenFor(options.burySeconds ?? options.workSeconds),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.queue = new Queue(this, "Queue", {
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: receivesMax },
      retentionPeriod: Duration.days(queueDays),
      visibilityTimeout: hiddenFor(options.workSeconds),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.watch(queueAgeSecondsMax + (options.delaySecondsMax ?? 0));
  }

  /** Starts `worker` with what is in the queue, in at most `concurrencyMax` batches at once. */
  feed(worker: IFunction, options: FeedOptions): void {
    worker.addEventSource(eventSource(this.queue, options));
  }

  /**
   * Starts `worker` with what the queue's own worker could not handle. Dead letters do not lie there any
   * more, so it is their passing that pages.
   */
  bury(worker: IFunction, options: FeedOptions): void {
    worker.addEventSource(eventSource(this.deadLetters, options));
    this.pages.when(this, "Buried", {
      metric: this.deadLetters.metricNumberOfMessagesReceived({ period, statistic: "sum" }),
      says: `A worker could not handle messages of ${this.node.id}.`,
      runbook: "a-worker-cannot-handle-a-message",
      threshold: 1,
    });
  }

  private watch(ageSecondsMax: number): void {
    const { pages } = this;
    const name = this.node.id;
    pages.when(this, "DeadLettersWait", {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        period,
        statistic: "max",
      }),
      says: `Messages lie in the dead-letter queue of ${name}.`,
      runbook: "messages-lie-in-a-dead-letter-queue",
      threshold: 1,
    });
    pages.when(this, "Behind", {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period, statistic: "max" }),
      says: `The oldest message in ${name} has waited for ${ageSecondsMax} seconds.`,
      runbook: "a-queue-falls-behind",
      threshold: ageSecondsMax,
    });
    pages.when(this, "Backlog", {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period, statistic: "min" }),
      says: `${queueBacklogMessagesMax} messages in ${name} are ready and wait all the time.`,
      runbook: "a-queue-falls-behind",
      threshold: queueBacklogMessagesMax,
    });
  }
}

const period = Duration.minutes(alarmMinutes);

// Six times: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
const hiddenFor = (workSeconds: number): Duration => Duration.seconds(6 * workSeconds);

const eventSource = (
  queue: Queue,
  { concurrencyMax, batchMax = queueBatchMax, batchSeconds = 0 }: FeedOptions,
): SqsEventSource =>
  new SqsEventSource(queue, {
    batchSize: batchMax,
    maxBatchingWindow: batchSeconds === 0 ? undefined : Duration.seconds(batchSeconds),
    reportBatchItemFailures: true,
    maxConcurrency: concurrencyMax,
  });
