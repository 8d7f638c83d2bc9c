/** Events that are remembered, for repeats. */
export const rememberedMax = 1_000;
/** Size of all remembered events together, in characters. */
export const rememberedCharsMax = 33_554_432;
/** Events that wait for an attempt. Further ones are skipped, and counted. */
export const waitingMax = 1_000;
/** Attempts at the same time, as one worker of a real webhook makes. */
export const attemptsAtOnceMax = 10;
/** Firmware versions that are remembered, by device. */
export const versionsMax = 1_000;
/** Length of a reply's body in a line of the log. */
export const bodyShownCharsMax = 200;
