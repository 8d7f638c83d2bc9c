/**
 * How long a call to AWS may take, and how often it is tried. Short: a worker that cannot reach a service
 * goes on with what it has, or leaves the message in the queue.
 */
export const patience = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
} as const;

/** The same for what a batch waits for and can do without. */
export const littlePatience = {
  maxAttempts: 2,
  requestHandler: { ...patience.requestHandler, requestTimeout: 1_000 },
} as const;

/** The same for what nothing must wait for. */
export const impatience = {
  maxAttempts: 1,
  requestHandler: { ...patience.requestHandler, requestTimeout: 1_000 },
} as const;

/** The same for another region: whoever asks it can do without. */
export const acrossRegions = {
  maxAttempts: 2,
  requestHandler: { ...patience.requestHandler, requestTimeout: 2_000 },
} as const;
