import { integrationsFreshMs } from "../../integration/model/limits.ts";
import { liveDelayMsMax } from "../limits.ts";

/** A stream whose client does not read is cut when this much waits for it. */
export const streamBacklogBytesMax = 1_048_576;
/** A client that comes back within this time after its connection ended misses nothing. */
export const resumeMs = 300_000;
/** How long an event is kept for those who come back. */
export const recentEventsMs = 600_000;
/** How long a fleet counts as listened to after a stream said so. */
export const listeningMs = 420_000;
/** How often a stream looks whether less than this is left; then it says so again. */
export const listeningCheckMs = 30_000;
export const listeningRemainingMsMin = resumeMs + listeningCheckMs;
/** From then on every event of a fleet that is listened to is kept. */
export const listeningEffectiveMs = integrationsFreshMs + liveDelayMsMax;
/** How long an event may be on its way through the queue before it is kept. */
export const recentEventsDelayMs = 10_000;
/** When a resumed stream looks again for kept events; the first ones cover `recentEventsDelayMs`. */
export const catchUpWaitsMs = [
  500, 500, 1_000, 1_000, 2_000, 2_500, 3_000, 3_500, 15_000, 30_000,
] as const;
/** What one resume shows at most of what was missed. */
export const resumeEventsMax = 20_000;
export const resumeBytesMax = 33_554_432;
/** How long the keeping of a batch of events may take, and how often what DynamoDB left out is tried again. */
export const recentWriteMsMax = 3_000;
export const recentWriteAttemptsMax = 4;
export const recentWriteRetryMs = 50;
/** How long events are not kept after that failed: the pipeline does not wait for it again and again. */
export const pauseAfterErrorMs = 5_000;
