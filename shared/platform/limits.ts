import { hourMs } from "./durations.ts";

/** Maximum length of the `id` property of an event. */
export const eventKeyCharsMax = 64;
/**
 * Maximum time by which the `at` property of a device may be ahead of the cloud's clock. A later
 * time is ignored.
 */
export const clockAheadMsMax = 300_000;
/** Number of rows that the admin function reads for one page of a list. */
export const adminPageMax = 200;
/**
 * Timeout of reads of this region's replicas before another region is read, and the time for which
 * the replicas are then not used.
 */
export const localReadMsMax = 1_500;
export const tablesPauseMs = 5_000;
/** Time for which a region is not called after it did not respond. */
export const regionPauseMs = 10_000;
/**
 * Time for which a worker encrypts with the same data key, and the maximum number of cached data
 * keys for decryption.
 */
export const dataKeyAgeMsMax = hourMs;
export const dataKeysCachedMax = 1_000;
/**
 * Time for which a region is not called after it failed to wrap a data key. A data key that lacks a
 * region is not used for longer.
 */
export const wrapRetryMs = 60_000;
/** Maximum number of concurrent batch requests of one worker. */
export const queueRequestsAtOnceMax = 10;
/**
 * Visibility timeout of a message that a worker could not process. It doubles with each receive,
 * from the minimum to the maximum.
 */
export const visibilityTimeoutSecondsMin = 5;
export const visibilityTimeoutSecondsMax = 300;
/**
 * A worker ends after this number of attempts that it did not make for lack of sockets or files. It
 * is counted and pages before (`deliveriesNotAttemptedMin`).
 */
export const attemptsNotMadeMax = 5;
export const deadLetterQueueDays = 14;
/** Time after the time-out of a scheduled function at which the lease of a crashed run ends. */
export const runLeaseMarginMs = 4_000;
/** The slices of a metric that a function writes at once: those with the largest counts. */
export const slicesMax = 10;
