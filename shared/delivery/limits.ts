import { daySeconds, hourMs } from "../platform/durations.ts";

/**
 * Maximum number of integrations that one event passes through when their targets publish it again.
 */
export const hopsMax = 3;
/**
 * Maximum number of events with the same name and data that the API publishes without hops within
 * `loopWindowMs`, per worker. Later ones are blocked as a loop for `loopBlockMs`.
 */
export const loopEventsMax = 20;
export const loopWindowMs = 10_000;
export const loopBlockMs = 60_000;
/** Memory of the loop detector: event names, and different data per name. */
export const loopNamesMax = 1_000;
export const loopDataPerNameMax = 8;
/**
 * Shortest data that is searched for in later events, and how much of its beginning is compared.
 */
export const loopTextCharsMin = 16;
export const loopTextCharsMax = 200;
/** Hold of a delivery whose integration cannot be read. */
export const unreadableHoldMs = 60_000;
/** Size of a chunk, and of the only chunk of an `unchunked` integration. */
export const responsePartBytes = 512;
export const responseUnchunkedBytesMax = 16_384;
/** All chunks of one reply together. */
export const responseBytesMax = 102_400;
/** Chunks of a reply that are published concurrently. */
export const responsePartsAtOnceMax = 10;
/** How long a worker waits after a batch for the broker to accept response events. */
export const responsesWaitMs = 2_000;
/** Pause of response events after the broker rejected one. */
export const responsesPauseMs = 5_000;
/** Wait before each further attempt; the first attempt is immediate. About 75 hours in total. */
export const deliveryWaitsSeconds = [
  5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
] as const;
/** Each wait is multiplied by a random factor of 1 ± this. */
export const deliveryJitter = 0.2;
/** Longest `Retry-After` that is respected: the longest wait of the schedule. */
export const retryAfterSecondsMax = daySeconds;
/** Partition keys of waiting deliveries. DynamoDB allows about 1,000 writes per second and key. */
export const waitingShards = 16;
/** Interval of the runs that requeue waiting deliveries. */
export const requeueMinutes = 1;
/** Maximum number of deliveries requeued per run: bounds the load on the queue. */
export const requeueDeliveriesMax = 32_000;
export const requeuePageMax = 100;
export const requeueTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that it can finish its page. */
export const requeueMarginMs = 20_000;
/** A delivery that is requeued this long after its time is late. */
export const requeueLateMs = 300_000;
/** Held deliveries are spread over this time, so that not all return at once. */
export const breakerSpreadMs = 10_000;
/** Longest hold: each hold lasts half as long as the delivery has been held so far, up to this. */
export const breakerHoldMsMax = hourMs;
/** A delivery held this long without an attempt is dead-lettered: as long as the whole schedule. */
export const heldSecondsMax = deliveryWaitsSeconds.reduce((all, wait) => all + wait, 0);
/** An attempt that takes longer is slow, whatever its result. */
export const slowAttemptMs = 500;
/** That time is counted in steps: a step counts once, however late the worker notices its end. */
export const slowAttemptSteps = 5;
/** Integrations whose written health a worker caches until it reads it back. */
export const targetHealthWrittenMax = 1_000;
/** Length of a dead letter's reason. */
export const reasonCharsMax = 500;
/**
 * Longer than a target with a further request, and two tables, a key, a queue and a broker that
 * hang until they fail, take together.
 */
export const deliverTimeoutSeconds = 60;
/** Display limits of an attempt: URL, body, header value, number of headers. */
export const attemptUrlCharsMax = 500;
export const attemptBodyCharsMax = 1_000;
export const attemptHeaderCharsMax = 200;
export const attemptHeadersMax = 30;
/**
 * A worker logs a failed attempt of an integration at most once in this time, for this many
 * integrations.
 */
export const attemptLogEveryMs = 60_000;
export const attemptLogIntegrationsMax = 1_000;
/** Attempts shown per integration, and how long they are stored. */
export const attemptsShownMax = 100;
export const attemptDays = 30;
export const deadLetterDays = 30;
export const deadLettersPerPageMax = 100;
/** Maximum number of queries for one page of filtered dead letters. */
export const deadLetterQueriesMax = 50;
/** A plan counts at most this many items, for at most this time; then it reports "at least". */
export const planItemsMax = 10_000;
export const planMsMax = 10_000;
/** Dead letters per query of a job. */
export const jobPageMax = 200;
/** Maximum number of ids in a filter. */
export const replayIdsMax = 100;
