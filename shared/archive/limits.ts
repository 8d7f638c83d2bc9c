/**
 * Lifecycle rules of the bucket, in days. An object expires after the shortest one that covers its
 * retention.
 */
export const archiveDayClasses = [7, 30, 90, 365] as const;
export const archiveTimeoutSeconds = 60;
/**
 * Maximum decompressed size of an object. One batch writes it, and Lambda limits a batch to 6 MB.
 */
export const archiveObjectBytesMax = 33_554_432;
/** Objects in one page of a listing. */
export const archiveListMax = 1_000;
/** The number of event ids with which a reader detects duplicates. */
export const archiveKnownIdsMax = 100_000;
/**
 * How long a worker claims each event of archived fleets after a failure of the archive: longer
 * than the visibility timeout.
 */
export const archiveRetryMs = 600_000;
/** Archived events in a page of a list. */
export const exploreEventsDefault = 50;
export const exploreEventsMax = 200;
/** The time span of a list without a start. */
export const exploreLookMs = 3_600_000;
/**
 * How much of the archive one page of a list reads: reads of up to `explorePageMax` events or one
 * object, and a time after which the page ends.
 */
export const exploreReadsMax = 100;
export const explorePageMax = 20;
export const exploreTimeMs = 8_000;
/**
 * Characters of event data after which a page ends. Lambda replies with at most 6 MB, and JSON
 * escapes add to the size.
 */
export const exploreCharsMax = 500_000;
