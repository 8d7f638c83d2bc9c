import { Duration, Names } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
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
  stoppedAgeSecondsMin,
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
  /** The batching window of its worker, in seconds. Default: none. */
  readonly batchSeconds?: number;
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
    this.watch(options);
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

  private watch(options: WorkQueueOptions): void {
    const { pages } = this;
    const { delaySecondsMax = 0 } = options;
    const ageSecondsMax = queueAgeSecondsMax + delaySecondsMax;
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
    this.watchWork(options);
    pages.when(this, "Behind", {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period, statistic: "max" }),
      ...this.impact,
      sentence: `The oldest message in ${name} has waited for ${ageSecondsMax} seconds.`,
      runbook: "a-queue-falls-behind",
      threshold: ageSecondsMax,
    });
    // The age of other queues shows a backlog sooner.
    if (delaySecondsMax === 0) return;
    pages.when(this, "Backlog", {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period, statistic: "min" }),
      ...this.impact,
      sentence: `At least ${queueBacklogMessagesMax} messages in ${name} have been visible all the time.`,
      runbook: "a-queue-falls-behind",
      threshold: queueBacklogMessagesMax,
    });
  }

  /**
   * Pages within two minutes if messages wait and none leaves the queue. The age of a delayed
   * message includes its delay: in a queue with delays, visible messages show that none is
   * received.
   */
  private watchWork({ delaySecondsMax, batchSeconds = 0 }: WorkQueueOptions): void {
    const { queue, pages, impact } = this;
    const deleted = queue.metricNumberOfMessagesDeleted({ period: minute, statistic: "sum" });
    const seconds = stoppedAgeSecondsMin + batchSeconds;
    const waits =
      delaySecondsMax === undefined
        ? {
            condition: `waits >= ${seconds}`,
            metric: queue.metricApproximateAgeOfOldestMessage({ period: minute, statistic: "max" }),
          }
        : {
            condition: "waits > 0",
            metric: queue.metricApproximateNumberOfMessagesVisible({
              period: minute,
              statistic: "min",
            }),
            // A message can become visible at the end of a minute.
            periods: 3,
            datapoints: 2,
          };
    const { condition, metric, ...sustained } = waits;
    pages.when(this, "Stopped", {
      metric: new MathExpression({
        expression: `IF(${condition} AND FILL(deleted, 0) == 0, 1, 0)`,
        usingMetrics: { waits: metric, deleted },
        period: minute,
        label: "Messages wait and none is processed",
      }),
      components: impact.components,
      // Without its worker a stage is not late, it is lost.
      severity: impact.severity === "warning" ? "warning" : "critical",
      sentence: `Messages wait in ${this.node.id}, and none is processed.`,
      runbook: "a-queue-is-not-processed",
      threshold: 1,
      ...sustained,
    });
  }
}

const period = Duration.minutes(alarmMinutes);
const minute = Duration.minutes(1);

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
