/** A failed attempt of a delivery. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** Whether another attempt may succeed: an error of the endpoint's server. */
  readonly isRetryable: boolean;

  constructor(message: string, { isRetryable }: { isRetryable: boolean }) {
    super(message);
    this.isRetryable = isRetryable;
  }
}
