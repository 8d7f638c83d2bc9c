import { dayMs, hourMs, hourSeconds } from "../../platform/durations.ts";

/**
 * Reconnecting devices: devices of a page, concurrent messages, and the longest delay, which
 * devices enforce too.
 */
export const reconnectPageMax = 200;
export const reconnectAtOnceMax = 20;
export const reconnectSecondsMax = hourSeconds;
/**
 * The cache time of the epoch in a worker. A lost session is detected this much later; a shorter
 * time costs a read for every few events.
 */
export const epochFreshMs = 1_000;
/**
 * A worker that has not read the epoch for a while finds an old loss, which was reported: it
 * reports one that is younger.
 */
export const lossReportMs = 300_000;
/** The pause after a failed session lookup. */
export const epochPauseMs = 5_000;
/**
 * For this time after a loss of sessions each device is checked at its first message: longer than a
 * week.
 */
export const recoveryWindowMs = 691_200_000;
/**
 * For this time after a loss the table may lose more rows; complete sessions are checked again
 * after the second time.
 */
export const unstableMs = 60_000;
export const unstableRecheckMs = 5_000;
/**
 * The time until the next check of a device with a complete session, and of one that is being
 * recovered.
 */
export const completeRecheckMs = dayMs;
export const recoveryRecheckMs = 30_000;
/** At other times a worker samples active devices: the interval, and the number of devices. */
export const sampleMs = 10_000;
export const sessionsSampledMax = 10;
/**
 * Bounds of a worker's memory: checked devices, and active devices since the last read of the
 * epoch.
 */
export const checkedDevicesMax = 100_000;
export const activeDevicesMax = 10_000;
/** Sessions that are checked with one batch of events. */
export const sessionsCheckedMax = 500;
/**
 * A device that has confirmed a request for a hello and sends none is asked again after this time.
 */
export const helloAskMs = hourMs;
/** The sweep: devices of a page, devices of a run, and the interval between rounds. */
export const sweepPageMax = 60;
export const sweepDevicesMax = 1_200;
export const sweepRoundMs = hourMs;
/** The schedule and time-out of the function `watch`. */
export const watchMinutes = 1;
export const watchTimeoutSeconds = 50;
/** Probes of the broker that must fail before it counts as down, and the pause between two. */
export const brokerProbes = 3;
export const brokerProbePauseMs = 4_000;
/**
 * The duration of the sweep, and the margin before the time-out at which checks of silent devices
 * stop.
 */
export const sweepMs = 10_000;
export const watchMarginMs = 20_000;
/** A run starts no further shard of profiles after this time. */
export const profileUpdateMs = 5_000;
/** Activity objects that a run reads, and shards of profiles. */
export const activityObjectsMax = 1_000;
export const profileShards = 8;
/** Activities closer together than this count as one. */
export const heartbeatMsMin = 60_000;
/** The period of a profile: longer than a week. The longest pause of one to two periods counts. */
export const profilePeriodMs = 691_200_000;
/** The minimum age of a profile for the detection of a silent device. */
export const profileLearnMs = dayMs;
/**
 * A device is overdue after this multiple of its longest pause, but not before `silentMsMin`; a
 * wake interval has this tolerance.
 */
export const overdueFactor = 3;
export const silentMsMin = 900_000;
export const wakeSlackMs = 30_000;
/** Overdue devices that a run checks. */
export const silentChecksMax = 200;
/** The cache time of a wake interval, and the wake intervals that a run reads. */
export const wakeFreshMs = dayMs;
export const wakesReadMax = 5_000;
/** The profile of a device without activity is removed after this time. */
export const profileTtlMs = 5_184_000_000;
/** The retention of recoveries, and the recoveries of a page. */
export const recoveryDays = 30;
export const recoveriesPerPageMax = 100;
