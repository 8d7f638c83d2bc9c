/**
 * The longest event name that the API accepts. A device's event names are limited by the length of
 * a topic only.
 */
export const eventNameBytesMax = 64;
/**
 * An event with an `id` that was seen within this time is acknowledged again, but not delivered
 * again.
 */
export const seenHours = 24;
/**
 * Lifetime of a worker's lease on an event. If the worker crashes, another one can claim the event
 * afterwards.
 */
export const seenLeaseSeconds = 30;
/** Retention of a fleet's archive, in days. */
export const archiveDaysMin = 1;
export const archiveDaysMax = 365;
export const archiveDaysDefault = 30;
export const recoverMinutes = 1;
/**
 * Events that one run moves back into the queue, which new events share. A million events take 50
 * minutes.
 */
export const recoverObjectsMax = 20_000;
/**
 * Concurrent batches. Each reads 10 objects at once; together they use no more sockets than the
 * SDK's client has.
 */
export const recoverBatchesAtOnceMax = 5;
export const recoverTimeoutSeconds = 50;
/** A run starts no new batch in this time before its function's timeout. */
export const recoverMarginMs = 15_000;
