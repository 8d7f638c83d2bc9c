/** Bounds of a run. The unit is last in the name. */

/** Time between two requests that wait for a result. */
export const pollMs = 1_000;
/** From an alarm to the message of its topic. */
export const alarmMsMax = 120_000;
/** Until a new role can be assumed by Lambda. */
export const roleMsMax = 120_000;
/** Until an event source mapping is enabled and its first messages have been processed. */
export const mappingMsMax = 180_000;
/** From a message to its function, on a quiet queue. */
export const quietMsMax = 60_000;
/** Messages for the measurement on a quiet queue, and the time between them. */
export const quietMessages = 4;
export const quietPauseMs = 25_000;
/** Messages that are sent at once, for the measurement of batch sizes. */
export const burstMessages = 200;
/** Batch size and batching window of the measured event source mapping. */
export const batchMax = 100;
export const windowSeconds = 1;
/** Until the duration of a stream's function is in CloudWatch, which reports ended functions. */
export const streamMsMax = 17 * 60_000;
/** How long the client of the stream stays connected. */
export const streamConnectedMs = 5_000;
/** A request to a new API. */
export const apiMsMax = 60_000;
/** One TLS connection. */
export const tlsMsMax = 15_000;
