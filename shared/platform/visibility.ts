/** A message that a worker received and could not process. */
export interface FailedMessage {
  readonly id: string;
  /** The receipt handle. */
  readonly receipt: string;
  /** The receive count, including this receive. */
  readonly receives: number;
}

/** Changes the visibility timeout of messages. */
export interface MessageVisibility {
  /**
   * Sets the visibility timeout of each message to `visibilityTimeoutSeconds`, in the queue with
   * this ARN. Sends up to `queueBatchMax` messages per request.
   */
  extendVisibility(queueArn: string, messages: readonly FailedMessage[]): Promise<void>;
}
