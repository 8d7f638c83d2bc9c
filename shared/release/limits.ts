import { dayMs, daySeconds } from "../platform/durations.ts";

/** Waves of a release, and the names of devices or groups that a release or a wave lists. */
export const wavesMax = 20;
export const namedDevicesMax = 1_000;
export const namedGroupsMax = 50;
/** The soak time of a wave. */
export const soakSecondsMax = 30 * daySeconds;
/** Devices of a release. */
export const targetedDevicesMax = 50_000;
/** How often a request to create a release gives way to others that create one. */
export const turnsMax = 10;
/** Unfinished releases of a product, and those for one device each. */
export const unfinishedReleasesMax = 20;
export const unfinishedFlashesMax = 100;
/** The failure bound of a release that names none: both must be exceeded. */
export const failureCountDefault = 3;
export const failurePercentDefault = 1;
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
/**
 * A device that was offered an update, is connected and has not answered for this time holds no
 * slot of the window any more. It may still answer.
 */
export const answerMs = 600_000;
/** The latest offers, failures and resets of a device in a progress row. */
export const offersKept = 16;
export const failuresKept = 16;
export const resetsKept = 8;
/** Resets of a device after an update, while it is observed, that count as a failure. */
export const resetsFailed = 3;
/** Lengths of the texts that a device or a person sends. */
export const reportTextCharsMax = 200;
export const reasonCharsMax = 500;
/** How long a device can defer an update with one report. */
export const deferMsMax = 30 * dayMs;
/** A device that defers without a time is asked again after this time. */
export const deferMsDefault = 3_600_000;
/**
 * The time in which a device without a heartbeat profile must come back after its update: default,
 * and bounds that a release can set.
 */
export const returnSecondsDefault = 900;
export const returnSecondsMin = 10;
export const returnSecondsMax = daySeconds;
/** A device that is back is observed for its usual interval, within these bounds. */
export const observeMsMin = 60_000;
export const observeMsMax = 3_600_000;
/**
 * The heartbeat profiles know an event after this time at the latest: the window of its record, the
 * schedules of `watch` and of the controller.
 */
export const activityLagMs = 180_000;
/** A download of a verified image, and the restart after it, may take this long. */
export const restartMs = 120_000;
/**
 * Offers of an image end this long before its manifest expires: two runs of the controller, and the
 * delivery of an offer.
 */
export const offersEndMs = 180_000;
/** Unsuccessful writes of a row that another worker changes at the same time. */
export const progressWritesMax = 8;
/**
 * A worker trusts the list of active releases of a product for this time: less than a device needs
 * for a download and a restart, because its next hello shows whether it has gone back.
 */
export const activeReleasesFreshMs = 1_000;
export const activeReleasesProductsMax = 5_000;
/** A worker trusts its copy of the firmware versions of a product for this time. */
export const knownVersionsFreshMs = 30_000;
export const knownProductsMax = 500;
/** Before it enrols a late device, it reads them again if its copy is older than this. */
export const knownVersionsBurstMs = 5_000;
/** The latest releases of a product whose results decide about late devices, and their cache. */
export const recentReleasesMax = 500;
export const recentReleasesFreshMs = 60_000;
/** A worker looks again at a late device that is skipped, or enrolled, after this time. */
export const leftAloneMs = 300_000;
export const enrolledAgainMs = 60_000;
export const caughtUpDevicesMax = 20_000;
/** A release for late devices stays active for this time after the last one was enrolled. */
export const catchUpIdleMs = 120_000;
/** A device that is connected and reports no progress for this time has failed. */
export const stalledMs = 6 * 3_600_000;
/**
 * An attempt ends after this time, whatever the device reports, or after this many times the
 * patience with it: a device that sleeps works on the update for a short time of each day.
 */
export const attemptMsMax = dayMs;
export const attemptPatienceMax = 4;
/**
 * Calls of a device after its update that failed, without one that succeeded, and count as harm.
 */
export const callsFailedMin = 3;
/** Devices of the control group, and the share of them that fails when the cause is elsewhere. */
export const controlDevicesMax = 50;
export const controlUnhealthyPercent = 20;
/** A release halts if its devices fail this many times as often as those of the control group. */
export const clearlyWorseFactor = 2;
/** Rows of a page that the controller reads, and devices that it enrols at once. */
export const censusPageMax = 1_000;
export const enrolPageMax = 500;
/** A region whose controller has not run for this time is lost: the others do its work. */
export const regionLostMs = 600_000;
/** It is lost after this time already if its broker does not respond either. */
export const regionSilentMs = 90_000;
/** The devices of a lost region have this time to connect to another one before they are silent. */
export const moveMs = 600_000;
/** Waiting devices whose rows a run reads again: they may be locked or gone by now. */
export const recheckedDevicesMax = 500;
/** Concurrent reads and messages of the controller. */
export const controlledAtOnceMax = 20;
/** The schedule and the time-out of the function `releases`, and the margin before it. */
export const releasesMinutes = 1;
export const releasesTimeoutSeconds = 58;
export const releasesMarginMs = 10_000;
/** A release ends after this time, whatever devices have not been seen. */
export const releaseDaysMax = 180;
/**
 * A device of the control group counts as failing this much before it is silent: updated devices
 * restart, so an outage cuts them off earlier.
 */
export const outageLookAheadMs = 300_000;
/** A device that was found silent is expected for this time before the release is complete. */
export const returningMs = dayMs;
/** The first devices of a product that may be in the control group of a release without them. */
export const fleetControlMax = 100;
/** Devices without the update that are enough for a control group. */
export const controlDevicesMin = 5;
/** Pages of lists, and the first devices of a wave that a plan shows. */
export const listedReleasesMax = 50;
export const listedDevicesDefault = 100;
export const listedDevicesMax = 1_000;
export const plannedIdsMax = 10;
/** Devices of an export: the reply of a function is limited. */
export const exportedDevicesMax = 10_000;
/**
 * A device with at most the first part of its memory in use, and later the second, is unhealthy.
 */
export const memoryRoomRatio = 0.85;
export const memoryFullRatio = 0.97;
/** The event of a fleet when one of its releases has halted by itself. */
export const releaseHaltedEvent = "firmware/release/halted";
/** Devices of a release that waits for hellos that one run of the controller looks at. */
export const handshakesCheckedMax = 1_000;
