/** A message of a queue that a worker has and could not handle. */
export interface FailedMessage {
  readonly id: string;
  /** What the queue knows this receipt of the message by. */
  readonly receipt: string;
  /** How often the queue has given it out, this time included. */
  readonly receives: number;
}

/** When a queue gives out again what a worker leaves in it. */
export interface MessageVisibility {
  /**
   * Has the queue, named by its ARN, give each message out again after `visibilityTimeoutSeconds`.
   * Up to `queueBatchMax` a request.
   */
  extendVisibility(queueArn: string, messages: readonly FailedMessage[]): Promise<void>;
}
