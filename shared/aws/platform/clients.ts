import { type Buckets, openBucketClient } from "../call/buckets.ts";
import type { CallPolicy } from "../call/call.ts";
import { openTableClient, type Tables } from "../call/tables.ts";

/**
 * The standard retry policy for AWS calls. Timeouts are short: a worker that cannot reach a service
 * continues with the data it has, or leaves the message in the queue.
 */
export const standardRetry = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
} as const;

/** The retry policy for optional calls that a batch waits for. */
export const shortRetry = {
  maxAttempts: 2,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 1_000 },
} as const;

/** The retry policy that fails fast, for calls that must not delay other work. */
export const failFast = {
  maxAttempts: 1,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 1_000 },
} as const;

/** The retry policies for objects of some megabytes, here and in another region. */
export const largeObjectRetry = {
  maxAttempts: 2,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 8_000 },
} as const;

export const crossRegionObjectRetry = {
  maxAttempts: 1,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 8_000 },
} as const;

/** The retry policy for calls to another region, which are optional. */
export const crossRegionRetry = {
  maxAttempts: 2,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 2_000 },
} as const;

/** Opens DynamoDB in this region, or in another one if given. */
export const openTables = (policy: CallPolicy = standardRetry, region?: string): Tables =>
  openTableClient(policy, region);

/** Opens the buckets of this region, or of another one if given. */
export const openBuckets = (policy: CallPolicy = standardRetry, region?: string): Buckets =>
  openBucketClient(policy, region);
