/** When a stream tries a region again that it does not hear: twice as long after each time. */
export const hearAgainMsMin = 1_000;
export const hearAgainMsMax = 30_000;
/** A place in a stream waits so long for a region that is not heard. */
export const regionAwayMs = 10_000;
/** How many events and characters a stream holds; when there are more, the oldest is shown without waiting. */
export const heldEventsMax = 1_000;
export const heldCharsMax = 1_048_576;
