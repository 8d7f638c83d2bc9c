import { dayMs } from "../platform/durations.ts";

/** Assessed devices from which on a release is judged, and the first size of its window. */
export const judgedFrom = 5;
/** The largest window: offered devices of all regions that are not assessed yet. */
export const windowMax = 1_000;
/** Attempts of a device that failed for a reason of its own. */
export const attemptsMax = 3;
/** The pause before the second attempt; it doubles with each. */
export const attemptPauseMs = 600_000;
/**
 * A worker that offers an update to a device holds this lease. After a crash, another one offers it
 * again when it has ended.
 */
export const offerLeaseMs = 120_000;
/** The latest offers, failures and resets of a device in a progress row. */
export const offersKept = 16;
export const failuresKept = 16;
export const resetsKept = 8;
/** Resets of a device after an update, while it is observed, that count as a failure. */
export const resetsFailed = 3;
/** Lengths of the texts that a device or a person sends. */
export const reportTextCharsMax = 200;
/** How long a device can defer an update with one report. */
export const deferMsMax = 30 * dayMs;
/** A device that defers without a time is asked again after this time. */
export const deferMsDefault = 3_600_000;
/** A device that is back is observed for its usual interval, within these bounds. */
export const observeMsMin = 60_000;
export const observeMsMax = 3_600_000;
/** A download of a verified image, and the restart after it, may take this long. */
export const restartMs = 120_000;
/** Unsuccessful writes of a row that another worker changes at the same time. */
export const progressWritesMax = 8;
/** A worker trusts the list of active releases of a product for this time. */
export const activeReleasesFreshMs = 5_000;
export const activeReleasesProductsMax = 5_000;
/** A device that is connected and reports no progress for this time has failed. */
export const stalledMs = 6 * 3_600_000;
/**
 * Calls of a device after its update that failed, without one that succeeded, and count as harm.
 */
export const callsFailedMin = 3;
/** Devices of the control group, and the share of them that fails when the cause is elsewhere. */
export const controlUnhealthyPercent = 20;
/** A release halts if its devices fail this many times as often as those of the control group. */
export const clearlyWorseFactor = 2;
/** The time in which a device that gets a version by itself, and has no rhythm, must come back. */
export const flashReturnMs = 900_000;
