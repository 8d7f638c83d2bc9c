import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/**
 * How long a call to AWS may take, and how often it is tried. Short: a worker that cannot reach a
 * service goes on with what it has, or leaves the message in the queue.
 */
export const standardRetry = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
} as const;

/** The same for what a batch waits for and can do without. */
export const shortRetry = {
  maxAttempts: 2,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 1_000 },
} as const;

/** The same for what nothing must wait for. */
export const failFast = {
  maxAttempts: 1,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 1_000 },
} as const;

/** The same for another region: whoever asks it can do without. */
export const crossRegionRetry = {
  maxAttempts: 2,
  requestHandler: { ...standardRetry.requestHandler, requestTimeout: 2_000 },
} as const;

/**
 * The way to the tables of a region: of this one, unless it is said. `undefined` members of a row
 * are left out.
 */
export const openTables = (
  waiting: Pick<DynamoDBClientConfig, "maxAttempts" | "region" | "requestHandler"> = standardRetry,
): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(waiting), {
    marshallOptions: { removeUndefinedValues: true },
  });

/**
 * The way to the buckets of this region. One machine's S3 knows buckets by path only; real S3 still
 * answers both.
 */
export const openBuckets = (): S3Client => new S3Client({ ...standardRetry, forcePathStyle: true });
