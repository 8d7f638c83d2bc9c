import { Duration, Names } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { deadLetterQueueDays } from "../../shared/platform/limits.ts";
import { queueBatchMax, receivesMax } from "../../shared/platform/quotas.ts";
import {
  alarmMinutes,
  type Feed,
  queueAgeSecondsMax,
  queueBacklogMessagesMax,
  queueDays,
  sizeOf,
} from "../sizes.ts";
import type { Impact } from "./function/functionImpact.ts";
import type { Pages } from "./pages.ts";

interface WorkQueueOptions {
  readonly pages: Pages;
  /** What customers notice when its messages are late. */
  readonly impact: Impact;
  /** Time-out of the worker for a batch, in seconds. */
  readonly workSeconds: number;
  /** Longest delay that a sender gives a message, in seconds. */
  readonly delaySecondsMax?: number;
  /**
   * Time-out of the worker of the dead-letter queue, in seconds. Without it, an operator reads the
   * dead letters.
   */
  readonly deadLetterWorkSeconds?: number;
}

interface FeedOptions {
  /** Maximum messages in a batch. More than 10 require `batchSeconds`. */
  readonly batchMax?: number;
  /**
   * Maximum batching window, in seconds. On a queue with few messages, Lambda may wait 20 s,
   * however short the window is:
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   */
  readonly batchSeconds?: number;
}

/** A queue with its dead-letter queue and alarms. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  private readonly pages: Pages;
  private readonly impact: Impact;

  constructor(scope: Construct, id: string, options: WorkQueueOptions) {
    super(scope, id);
    this.pages = options.pages;
    this.impact = options.impact;
    this.deadLetters = new Queue(this, "DeadLetters", {
      retentionPeriod: Duration.days(deadLetterQueueDays),
      visibilityTimeout: hiddenFor(options.deadLetterWorkSeconds ?? options.workSeconds),
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

  /** Invokes `worker` with messages of the queue. The size limits the concurrent batches. */
  feed(worker: IFunction, feed: Feed, options: FeedOptions = {}): void {
    mapQueue(worker, this.queue, { feed, ...options });
  }

  /**
   * Invokes `worker` with messages of the dead-letter queue. They do not stay there, so the alarm
   * counts received messages.
   */
  feedDeadLetters(worker: IFunction): void {
    mapQueue(worker, this.deadLetters, { feed: "deadLetters" });
    this.pages.when(this, "DeadLettered", {
      metric: this.deadLetters.metricNumberOfMessagesReceived({ period, statistic: "sum" }),
      ...this.impact,
      sentence: `A function could not process messages of ${this.node.id}.`,
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
      ...this.impact,
      sentence: `The dead-letter queue of ${name} has messages.`,
      runbook: "messages-lie-in-a-dead-letter-queue",
      threshold: 1,
    });
    pages.when(this, "Behind", {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period, statistic: "max" }),
      ...this.impact,
      sentence: `The oldest message in ${name} has waited for ${ageSecondsMax} seconds.`,
      runbook: "a-queue-falls-behind",
      threshold: ageSecondsMax,
    });
    pages.when(this, "Backlog", {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period, statistic: "min" }),
      ...this.impact,
      sentence: `At least ${queueBacklogMessagesMax} messages in ${name} have been visible all the time.`,
      runbook: "a-queue-falls-behind",
      threshold: queueBacklogMessagesMax,
    });
  }
}

const period = Duration.minutes(alarmMinutes);

// Six times: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
const hiddenFor = (workSeconds: number): Duration => Duration.seconds(6 * workSeconds);

/**
 * Maps a queue to a function. CDK's own event source also grants `sqs:GetQueueUrl`, which neither
 * Lambda nor the functions use. The id is that of CDK's event source, so that a deployed mapping is
 * not replaced.
 */
const mapQueue = (
  worker: IFunction,
  queue: Queue,
  { feed, batchMax = queueBatchMax, batchSeconds = 0 }: FeedOptions & { readonly feed: Feed },
): void => {
  worker.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(queue.node)}`, {
    eventSourceArn: queue.queueArn,
    batchSize: batchMax,
    ...(batchSeconds > 0 && { maxBatchingWindow: Duration.seconds(batchSeconds) }),
    reportBatchItemFailures: true,
    maxConcurrency: sizeOf(queue).batches[feed],
  });
  queue.grant(
    worker,
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    // The function hides the messages of a batch for longer, and failed ones until a repetition.
    "sqs:ChangeMessageVisibility",
  );
};
