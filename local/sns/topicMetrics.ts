import { Distribution } from "../cloudwatch/distribution.ts";
import type { MetricSource } from "../cloudwatch/metricSink.ts";
import { activeMs } from "./limits.ts";

/** Counts of a topic since the last collection of its metrics. */
export interface TopicCounts {
  /** The time of the last request, in ms since 1970. */
  activeAt: number;
  readonly sizes: Distribution;
  published: number;
  delivered: number;
  /** Deliveries that ended without success; for HTTP endpoints, every failed attempt. */
  failed: number;
  sentToDeadLetters: number;
  notSentToDeadLetters: number;
}

export const newTopicCounts = (): TopicCounts => ({
  activeAt: Date.now(),
  sizes: new Distribution(),
  published: 0,
  delivered: 0,
  failed: 0,
  sentToDeadLetters: 0,
  notSentToDeadLetters: 0,
});

/**
 * The metrics of SNS, by `TopicName`. A metric is absent while there is nothing to count.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
 */
export const topicMetrics = (
  topics: () => Iterable<{ readonly name: string; readonly counts: TopicCounts }>,
  now: () => number = Date.now,
): MetricSource => ({
  collect(sink, time) {
    for (const { name: TopicName, counts } of topics()) {
      if (now() - counts.activeAt > activeMs) continue;
      const put = (name: string, value: number, unit = "Count", count = 1): void => {
        const dimensions = { TopicName };
        if (value > 0) {
          sink.put({ namespace: "AWS/SNS", name, dimensions, value, count, unit, time });
        }
      };
      put("NumberOfMessagesPublished", counts.published);
      counts.sizes.drain((bytes, count) => put("PublishSize", bytes, "Bytes", count));
      put("NumberOfNotificationsDelivered", counts.delivered);
      put("NumberOfNotificationsFailed", counts.failed);
      put("NumberOfNotificationsRedrivenToDlq", counts.sentToDeadLetters);
      put("NumberOfNotificationsFailedToRedriveToDlq", counts.notSentToDeadLetters);
      const { activeAt, sizes } = counts;
      Object.assign(counts, newTopicCounts(), { activeAt, sizes });
    }
  },
});
