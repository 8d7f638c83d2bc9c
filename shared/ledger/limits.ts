import { hourMs } from "../platform/durations.ts";

/** Records that a worker buffers in memory while the queue of records does not take them. */
export const recordsBufferedMax = 100;
/** Messages in one batch of `record`. Lambda's payload limit of 6 MB can make a batch smaller. */
export const recordBatchMax = 1_000;
/**
 * Batching window of `record`: the delay after which attempts appear in the API. On a queue with
 * few messages, Lambda may wait 20 s.
 */
export const recordBatchSeconds = 10;
export const recordTimeoutSeconds = 30;
/**
 * Successful attempts of an integration, and failed ones, that a worker records within
 * `attemptSampleMs`.
 */
export const attemptsSampledMax = 25;
export const attemptSampleMs = 10_000;
/** Integrations whose attempts one run of `record` stores, a row each. */
export const attemptIntegrationsMax = 100;
/** The attempts of one row are at most this far apart. */
export const attemptRowMs = 600_000;
/** Rows that a page of attempts reads at once, and at most: about 10 kB each. */
export const attemptRowsAtOnce = 20;
export const attemptRowsExaminedMax = 100;
/** Attempts in a page. */
export const attemptPageDefault = 50;
export const attemptPageMax = 100;
/** Integrations whose samples a worker counts. */
export const sampledIntegrationsMax = 10_000;
/**
 * Length of a slice. Deliveries are aggregated by the receive time of their events, one slice in
 * memory at a time.
 */
export const ledgerSliceMs = 60_000;
/** Length of a bucket: one row of counts. */
export const ledgerBucketMs = 600_000;
/**
 * Retention of counts and entries: longer than the retries of a delivery, its time as a dead letter
 * and its replay.
 */
export const ledgerDays = 45;
/** A delivery without an outcome for this long after it was due is overdue, and later missing. */
export const ledgerOverdueMs = 900_000;
export const ledgerMissingMs = hourMs;
/** A delivery that was delivered later than this after its event was received is late. */
export const ledgerLateMs = 60_000;
/** How long a missing delivery counts in the metric of the alarm. */
export const ledgerRecentMs = hourMs;
/** Ids of missing deliveries that are stored, for each integration and slice. */
export const ledgerMissingNamedMax = 20;
/** Interval of the aggregation, and the objects of new entries that it reads at once. */
export const ledgerMinutes = 1;
export const ledgerObjectsAtOnceMax = 20;
export const ledgerTimeoutSeconds = 55;
/** A run starts no new work in this time before its function's timeout. */
export const ledgerMarginMs = 25_000;
/** Days of an integration's counters. */
export const counterDays = 30;
/** Length of a row of events or calls. */
export const trafficBucketMs = hourMs;
/** Points of a series, rows that it reads at most, and integrations that are read at once. */
export const seriesPointsMax = 1_500;
export const seriesRowsMax = 20_000;
export const seriesAtOnceMax = 8;
/** Buckets in one response of the ledger: a week. */
export const ledgerBucketsShownMax = 1_008;
