export const callArgumentBytesMax = 1_024;
/** How long the broker waits for a device to confirm that it got a call. IoT Core takes up to 15. */
export const callConfirmSeconds = 5;
/** How long a device may take to answer. Shorter than `apiTimeoutSeconds`, so that it is us who say so. */
export const callWaitMs = 20_000;
/** An answer is looked for after this time, then after a longer one each time, up to the second. */
export const replyPollMsMin = 2;
export const replyPollMsMax = 250;
export const replyPollFactor = 1.6;
/** How long an answer is kept for whoever waits for it. */
export const replyTtlSeconds = 3_600;
