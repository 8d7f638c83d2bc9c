/** Limits of HTTP requests on one machine. The unit is last in each name. */

/** Time within which the headers of a request must arrive; otherwise its connection is closed. */
export const requestHeadersMs = 10_000;
/** Time within which the complete request must arrive. */
export const requestMs = 30_000;
/** Interval of the check for slow requests. */
export const slowRequestsEveryMs = 1_000;

/**
 * Maximum depth of a JSON body. DynamoDB allows 32 levels of values, each of which is two levels of
 * JSON.
 */
export const jsonDepthMax = 128;
/** Maximum total size of the bodies that one server reads concurrently. */
export const bodiesBytesMax = 268_435_456;
/** Maximum connections to one emulated service. */
export const connectionsMax = 4_096;

/** Maximum lifetime of a presigned URL, whatever it declares. */
export const presignedSecondsMax = 86_400;
/** The longest time that a presigned URL of S3 may declare: seven days. */
export const s3PresignedSecondsMax = 604_800;
/** Maximum difference between a client's clock and ours in a signed request. */
export const clockSkewMs = 300_000;
