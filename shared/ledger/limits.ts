/** How many messages of a worker wait in its memory while the queue of records does not take them. */
export const recordsBufferedMax = 100;
/** How many messages one invocation writes down; Lambda's 6 MB come first when they are large. */
export const recordBatchMax = 1_000;
/** How long a batch of them may wait to be full: so much later is seen what became of a delivery. */
export const recordBatchSeconds = 10;
export const recordTimeoutSeconds = 30;
/** So many attempts of an integration that went well, and as many that failed, a worker tells in full within the time below. */
export const attemptsSampledMax = 25;
export const attemptSampleMs = recordBatchSeconds * 1_000;
/** How many integrations' counts of those a worker remembers. */
export const sampledIntegrationsMax = 10_000;
/** Deliveries are counted by when the broker took their event: so long is a slice, whose entries are in memory together. */
export const ledgerSliceMs = 60_000;
/** And so long is what a row of counts covers. */
export const ledgerBucketMs = 600_000;
/** How long counts and entries are kept: longer than a delivery may be tried, lie in the dead letters, and be tried again when it is replayed. */
export const ledgerDays = 45;
/** A delivery of which nothing is heard for so long after it was to be in hand is overdue, and then missing. */
export const ledgerOverdueMs = 900_000;
export const ledgerMissingMs = 3_600_000;
/** For how long one that was found to be missing counts in the metric that pages. */
export const ledgerRecentMs = 3_600_000;
/** How many ids of missing deliveries are named, for each integration and slice. */
export const ledgerMissingNamedMax = 20;
/** How often entries are joined; and how many objects of them at once. */
export const ledgerMinutes = 1;
export const ledgerObjectsAtOnceMax = 20;
export const ledgerTimeoutSeconds = 55;
/** A run stops this long before its time-out, so that the objects under way are finished. */
export const ledgerMarginMs = 25_000;
/** The counters of an integration: so many days of them. */
export const counterDays = 30;
/** How many buckets one answer of the ledger shows: a week. */
export const ledgerBucketsShownMax = 1_008;
