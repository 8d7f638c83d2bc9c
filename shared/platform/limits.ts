/** The longest `id` property of an event. */
export const eventKeyCharsMax = 64;
/** How far ahead of the cloud's clock a device's `at` property may be before it is not believed. */
export const clockAheadMsMax = 300_000;
/** How many rows of a table the admin function reads for one page of a list. */
export const adminPageMax = 200;
/**
 * How long this region's copies of the global tables may take before another region's are read, and
 * for how long they are then left alone.
 */
export const localReadMsMax = 1_500;
export const tablesPauseMs = 5_000;
/** How long another region is left alone after it did not answer. */
export const regionPauseMs = 10_000;
/** How long a worker seals with the same data key, and how many of them it keeps to open with. */
export const dataKeyAgeMsMax = 3_600_000;
export const dataKeysCachedMax = 1_000;
/**
 * How long a region that did not wrap a data key is left alone; a data key that lacks a region
 * seals for no longer.
 */
export const wrapRetryMs = 60_000;
/** How many such batches one worker has under way. */
export const queueRequestsAtOnceMax = 10;
/**
 * A message that a worker could not handle comes back after this time, after twice as long each
 * time, up to the maximum.
 */
export const visibilityTimeoutSecondsMin = 5;
export const visibilityTimeoutSecondsMax = 300;
export const deadLetterQueueDays = 14;
