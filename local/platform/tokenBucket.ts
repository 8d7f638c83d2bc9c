export interface TokenBucketOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Monotonic clock, in ms. */
  readonly now: () => number;
}

/**
 * Returns a function that reports whether a request is admitted: `burst` requests at once,
 * `perSecond` on average.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export const tokenBucket = ({ perSecond, burst, now }: TokenBucketOptions): (() => boolean) => {
  let tokens = burst;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + (Math.max(0, time - filledAt) / 1_000) * perSecond);
    filledAt = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
};
