/** How a delivery is repeated after an error of the endpoint's server. */
export type RetryPolicy = readonly Phase[];

interface Phase {
  readonly retries: number;
  readonly msMin: number;
  readonly msMax: number;
}

/**
 * SNS's delivery policies. Within a phase the wait grows from the first value to the second.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export const retryPolicies = {
  /** SQS and Lambda. */
  managed: [
    { retries: 3, msMin: 0, msMax: 0 },
    { retries: 2, msMin: 1_000, msMax: 1_000 },
    { retries: 10, msMin: 1_000, msMax: 20_000 },
    { retries: 100_000, msMin: 20_000, msMax: 20_000 },
  ],
  mail: [
    { retries: 2, msMin: 10_000, msMax: 10_000 },
    { retries: 10, msMin: 10_000, msMax: 600_000 },
    { retries: 38, msMin: 600_000, msMax: 600_000 },
  ],
  http: [{ retries: 3, msMin: 20_000, msMax: 20_000 }],
} as const satisfies Readonly<Record<string, RetryPolicy>>;

/** The wait before a retry, from 0 for the first, in ms; `undefined` after the last one. */
export const retryMs = (policy: RetryPolicy, retry: number): number | undefined => {
  let left = retry;
  for (const { retries, msMin, msMax } of policy) {
    if (left < retries) {
      if (msMin === msMax) return msMin;
      return Math.round(msMin * (msMax / msMin) ** (left / (retries - 1)));
    }
    left -= retries;
  }
  return undefined;
};
