import { newTopicCounts, type TopicCounts } from "./topicMetrics.ts";

/** A topic of a template. */
export interface Topic {
  readonly arn: string;
  readonly name: string;
  /** The sender's name in mails. */
  readonly displayName: string;
  readonly signatureVersion: "1" | "2";
  /** The key that encrypts its messages. */
  readonly keyArn: string | undefined;
  readonly counts: TopicCounts;
}

export const newTopic = (given: Omit<Topic, "counts">): Topic => ({
  ...given,
  counts: newTopicCounts(),
});
