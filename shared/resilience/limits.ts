/** An attempt that failed after this time hung. */
export const breakerHangMs = 5_000;
/** So many attempts in a row that hung, that were asked to slow down, or that failed at all, open it. */
export const breakerHangsMin = 3;
export const breakerSlowedMin = 3;
export const breakerFailuresMin = 10;
/** And so many failures among so many attempts. */
export const breakerWindowAttempts = 40;
export const breakerWindowFailuresMin = 30;
/** For how long it is open: twice as long each time; a target that hangs costs a worker more, and is left alone longer. */
export const breakerOpenMsMin = 5_000;
export const breakerHungOpenMsMin = 60_000;
export const breakerOpenMsMax = 300_000;
/** After it: one attempt in the first such time, then twice as many each time, until there are so many. */
export const breakerSlowStartMs = 1_000;
export const breakerSlowStartAttemptsMax = 64;
/** So many failures in a row during that open it again. */
export const breakerSlowStartFailuresMin = 3;
/** How many circuits one worker remembers. */
export const breakersMax = 10_000;
/** For how long after one an integration's deliveries take the slow lane; it is said again when half of that is over. */
export const slowLaneMs = 300_000;
/** After so long with nothing but failure it is disabled, if attempts failed in so many different hours. */
export const disabledAfterMs = 432_000_000;
export const failingHoursMin = 5;
/** Its owner is told when so much of that has passed. */
export const failingNoticePercents = [50, 90, 100] as const;
/** From this attempt of a delivery on a failure is more than a hiccup, and is written down. */
export const failingAttemptsMin = 3;
/** So often at most. */
export const targetHealthWriteMs = 3_600_000;
/** After so long without a failure that was counted the next is the first: longer than the longest wait between two attempts. */
export const failingGapMsMax = 129_600_000;
