import type { MetricSource } from "../cloudwatch/metricSink.ts";
import { steadyNow } from "../platform/steadyClock.ts";
import type { SqsEngine } from "./engine/engine.ts";
import type { Queue } from "./engine/queue.ts";
import { activeMs, poisonReceives } from "./limits.ts";

/**
 * The metrics of SQS, by `QueueName`. A queue has metrics while it is active. Counts and gauges are
 * absent when there is nothing to count, as the column "Reporting behavior" of AWS's table states.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const queueMetrics = (
  engine: Pick<SqsEngine, "queues">,
  now: () => number = steadyNow,
): MetricSource => ({
  collect(sink, time) {
    for (const queue of engine.queues()) {
      const at = now();
      if (queue.messages.size > 0) queue.activeAt = at;
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html
      if (at - queue.activeAt > activeMs) continue;
      const dimensions = { QueueName: queue.name };
      const put = (name: string, value: number, unit = "Count", count = 1) =>
        sink.put({ namespace: "AWS/SQS", name, dimensions, value, count, unit, time });
      putGauges(queue, put, at);
      putCounts(queue, put);
    }
  },
});

type Put = (name: string, value: number, unit?: string, count?: number) => void;

const putGauges = (queue: Queue, put: Put, now: number): void => {
  const { messages, delayed, inFlight } = queue;
  put("ApproximateNumberOfMessagesVisible", messages.size - delayed - inFlight);
  if (inFlight > 0) put("ApproximateNumberOfMessagesNotVisible", inFlight);
  if (delayed > 0) put("ApproximateNumberOfMessagesDelayed", delayed);
  const oldest = oldestOf(queue);
  if (oldest !== undefined) {
    const seconds = Math.max(0, Math.floor((now - oldest) / 1_000));
    put("ApproximateAgeOfOldestMessage", seconds, "Seconds");
  }
};

/**
 * When the oldest message entered the queue. A message that was received three times or more and
 * not deleted does not count, because it is probably a poison message.
 */
const oldestOf = ({ messages }: Queue): number | undefined => {
  for (const { receives, receivesBefore, sentAt, movedAt } of messages.values()) {
    if (receives - receivesBefore < poisonReceives) return movedAt ?? sentAt;
  }
  return undefined;
};

const putCounts = ({ counts }: Queue, put: Put): void => {
  const { sent, sizes, receives, emptyReceives, received, deleted } = counts;
  if (sent > 0) put("NumberOfMessagesSent", sent);
  sizes.drain((bytes, count) => put("SentMessageSize", bytes, "Bytes", count));
  if (receives + emptyReceives > 0) {
    put("NumberOfMessagesReceived", received);
    put("NumberOfEmptyReceives", emptyReceives);
  }
  if (deleted > 0) put("NumberOfMessagesDeleted", deleted);
  counts.sent = 0;
  counts.receives = 0;
  counts.emptyReceives = 0;
  counts.received = 0;
  counts.deleted = 0;
};
