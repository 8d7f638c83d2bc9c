import { integrationsFreshMs } from "../../integration/model/limits.ts";
import { liveDelayMsMax } from "../limits.ts";

/** A stream ends when its unread data exceeds this size. */
export const streamBacklogBytesMax = 1_048_576;
/** A client that reconnects within this time misses no events. */
export const resumeMs = 300_000;
/** Retention of recent events for resumed streams. */
export const recentEventsMs = 600_000;
/** Length of a listening period from its renewal. */
export const listeningMs = 420_000;
/**
 * A stream checks its listening period this often, and renews it when less than the minimum
 * remains.
 */
export const listeningCheckMs = 30_000;
export const listeningRemainingMsMin = resumeMs + listeningCheckMs;
/** The fleet's events are stored from this time after the start of the listening period. */
export const listeningEffectiveMs = integrationsFreshMs + liveDelayMsMax;
/** Maximum time from the receipt of an event to its storage. */
export const recentEventsDelayMs = 10_000;
/**
 * Delays between the reads of a catch-up. The first seven together exceed `recentEventsDelayMs`.
 */
export const catchUpWaitsMs = [
  500, 500, 1_000, 1_000, 2_000, 2_500, 3_000, 3_500, 15_000, 30_000,
] as const;
/** Missed events and their bytes that one resume shows. */
export const resumeEventsMax = 20_000;
export const resumeBytesMax = 33_554_432;
/** Deadline for storing a batch of events, and retries of DynamoDB's unprocessed items. */
export const recentWriteMsMax = 3_000;
export const recentWriteAttemptsMax = 4;
export const recentWriteRetryMs = 50;
/** Pause after an error, so that routing is not delayed by each batch. */
export const pauseAfterErrorMs = 5_000;
