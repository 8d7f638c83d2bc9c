/** An event that came through so many integrations, whose targets published it again, goes to no further one. */
export const hopsMax = 3;
/**
 * So many events with the same data and name, published by the API without hops, go to a fleet's integrations within `loopWindowMs`, in
 * each worker; later ones are taken for a loop for `loopBlockMs`.
 */
export const loopEventsMax = 20;
export const loopWindowMs = 10_000;
export const loopBlockMs = 60_000;
/** How many names of events, and how many different data of each, a worker remembers to find loops. */
export const loopNamesMax = 1_000;
export const loopDataPerNameMax = 8;
/** Data of at least so many characters is looked for within the data of later events, by its first characters. */
export const loopTextCharsMin = 16;
export const loopTextCharsMax = 200;
/** How long a delivery waits at least whose integration alone cannot be read. */
export const unreadableHoldMs = 60_000;
/** The size of a part, and of the only part where the integration is `unchunked`. */
export const responsePartBytes = 512;
export const responseUnchunkedBytesMax = 16_384;
/** All parts of one reply together. */
export const responseBytesMax = 102_400;
/** How many parts of a reply are on their way at once. */
export const responsePartsAtOnceMax = 10;
/** How long a worker waits, after its batch, for the broker to take what there is to tell. */
export const responsesWaitMs = 2_000;
/** How long nothing is told after the broker did not take something. */
export const responsesPauseMs = 5_000;
/** The wait before each further attempt, in seconds; the first attempt is made at once. About 75 hours in all. */
export const deliveryWaitsSeconds = [
  5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
] as const;
/** Each wait is made longer or shorter by up to this part of it. */
export const deliveryJitter = 0.2;
/** A target's `Retry-After` is kept to up to this: as long as the longest wait. */
export const retryAfterSecondsMax = 86_400;
/** A table's key takes no more than about a thousand writes a second: waiting deliveries have so many keys. */
export const waitingShards = 16;
/** How often those are brought back that are due before the next time. */
export const requeueMinutes = 1;
/** How many are brought back in one run: a bound for what the queue gets at once. */
export const requeueDeliveriesMax = 32_000;
export const requeuePageMax = 100;
export const requeueTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that the page under way is finished. */
export const requeueMarginMs = 20_000;
/** A delivery that is brought back so long after its time is late. */
export const requeueLateMs = 300_000;
/** Deliveries that were held back come again within this time, not all at once. */
export const breakerSpreadMs = 10_000;
/** One that was held back for long is held for half as long again each time, up to this. */
export const breakerHoldMsMax = 3_600_000;
/** A delivery that was held back for as long without an attempt is given up: as long as the schedule is. */
export const heldSecondsMax = deliveryWaitsSeconds.reduce((all, wait) => all + wait, 0);
/** An attempt that has been under way for so long is slow, however it ends. */
export const slowAttemptMs = 500;
/** How many integrations' rows a worker remembers as it wrote them, until it reads them. */
export const targetHealthWrittenMax = 1_000;
/** How much of a failure's text is kept with a dead letter. */
export const reasonCharsMax = 500;
/** Longer than a target with a further request may take, and two tables, a key, a queue and a broker that hang before they fail, together. */
export const deliverTimeoutSeconds = 60;
/** How much of an attempt is shown: of its address, of a body, of a header's value; and how many headers. */
export const attemptUrlCharsMax = 500;
export const attemptBodyCharsMax = 1_000;
export const attemptHeaderCharsMax = 200;
export const attemptHeadersMax = 30;
/** A worker logs a failed attempt of an integration at most once in this time, and remembers so many integrations. */
export const attemptLogEveryMs = 60_000;
export const attemptLogIntegrationsMax = 1_000;
/** How many attempts of an integration are shown, and for how many days. */
export const attemptsShownMax = 100;
export const attemptDays = 30;
export const deadLetterDays = 30;
export const deadLettersPerPageMax = 100;
/** How often the table is asked for one page of filtered dead letters. */
export const deadLetterQueriesMax = 50;
/** A plan counts so many, and no longer than this; then it says "at least". */
export const planItemsMax = 10_000;
export const planMsMax = 10_000;
/** How many dead letters are read at once. */
export const jobPageMax = 200;
/** How many dead letters may be named by their ids. */
export const replayIdsMax = 100;
