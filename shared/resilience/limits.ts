import { hourMs } from "../platform/durations.ts";

/** A failed attempt that took this long counts as hung. */
export const breakerHangMs = 5_000;
/** Consecutive attempts that hung, reported overload, or failed, that open the circuit. */
export const breakerHangsMin = 3;
export const breakerOverloadedMin = 3;
export const breakerFailuresMin = 10;
/** Or this many failures in a window of attempts. */
export const breakerWindowAttempts = 40;
export const breakerWindowFailuresMin = 30;
/** Open time: doubled each time. Longer for a target that hangs, because it blocks workers. */
export const breakerOpenMsMin = 5_000;
export const breakerHungOpenMsMin = 60_000;
export const breakerOpenMsMax = 300_000;
/**
 * Slow start of a recovered target, over all workers of a region: one attempt in the first second,
 * twice as many in each further one of the ramp, then this many per second.
 */
export const slowStartRampSeconds = 7;
export const slowStartPerSecond = 100;
/** That rate doubles in steps. The slow start is over when it exceeds the maximum. */
export const slowStartStepSecondsMin = 10;
export const slowStartStepSecondsMax = 60;
export const slowStartPerSecondMax = 1_000;
/** Requests per second for attempts of one slow start, over all workers of a region. */
export const leasesPerSecondMax = 50;
/** How long the count of a second's attempts is stored. */
export const quotaStoredSeconds = 60;
/** Consecutive failures in slow start that open the circuit again. */
export const breakerSlowStartFailuresMin = 3;
/** Circuits that a worker stores. */
export const breakersMax = 10_000;
/** How long deliveries of a slow integration use the slow lane. Renewed when half of it is over. */
export const slowLaneMs = 300_000;
/**
 * An integration that only fails is disabled after this time, if attempts failed in this many
 * different hours.
 */
export const disabledAfterMs = 432_000_000;
export const failingHoursMin = 5;
/** The owner is notified when this percentage of that time has passed. */
export const failingNoticePercents = [50, 90, 100] as const;
/** Failures count from this attempt of a delivery on; earlier ones are transient. */
export const failingAttemptsMin = 3;
/** Minimum interval of writes. */
export const targetHealthWriteMs = hourMs;
/**
 * After this time without a counted failure the count restarts: longer than the longest wait
 * between two attempts.
 */
export const failingGapMsMax = 129_600_000;
