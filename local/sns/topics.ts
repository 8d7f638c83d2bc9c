/** A message for the subscribers of a topic. */
export interface TopicMessage {
  /** Up to 100 characters. */
  readonly subject?: string | undefined;
  readonly message: string;
  /** `json`: `message` is an object with a text for each protocol, and `default`. */
  readonly messageStructure?: "json" | undefined;
  readonly messageAttributes?: Readonly<Record<string, TopicAttribute>> | undefined;
}

export interface TopicAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  /** In base64. */
  readonly BinaryValue?: string | undefined;
}

/** The service of AWS that publishes, and the resource that it acts for. */
export interface PublishingService {
  /** Such as `cloudwatch.amazonaws.com`. */
  readonly service: string;
  /** Absent for a service that sends no source, such as EventBridge. */
  readonly sourceArn?: string | undefined;
}

/** The topics of a region, for services of AWS. */
export interface Topics {
  /**
   * Publishes a message. Resolves when the message is stored for each subscriber. Fails with a
   * `RestFailure` when the topic does not exist, its policy or the policy of its key does not allow
   * it, or the message is invalid, and with a `ConnectionCut` when SNS is stopped.
   */
  publish(topicArn: string, message: TopicMessage, publisher: PublishingService): Promise<void>;
}
