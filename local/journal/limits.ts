/** Limits of journals. The unit is last in each name. */

/** Size after which a journal continues in a new segment. */
export const segmentBytesMax = 8_388_608;
/**
 * Time until a change is written that nothing waits for, and up to a step of the shared timer more:
 * it shares the write of other changes. A write takes about 0.5 ms of processor time.
 */
export const lazyWriteMs = 100;
/** Size of unwritten changes that are written without delay. */
export const unwrittenBytesMax = 1_048_576;
