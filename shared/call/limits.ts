import { hourSeconds } from "../platform/durations.ts";

export const callArgumentBytesMax = 1_024;
/** The time in which a device confirms a direct message. IoT Core allows up to 15 seconds. */
export const callConfirmSeconds = 5;
/** The time-out of a call. Shorter than `apiTimeoutSeconds`, so that the API reports it. */
export const callWaitMs = 20_000;
/** Polling for a reply: the first interval, the longest one, and the factor between intervals. */
export const replyPollMsMin = 2;
export const replyPollMsMax = 250;
export const replyPollFactor = 1.6;
/** The retention of a reply. */
export const replyTtlSeconds = hourSeconds;
