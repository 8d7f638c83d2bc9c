/** Time-out of the function `watcher`, which runs every minute. */
export const watcherTimeoutSeconds = 50;
/** A run starts no attempt later than this. */
export const watcherWorkMs = 30_000;

/**
 * How often a run changes a page that other runs change at the same time. In an outage, dozens of
 * alarms start a run each, and of the runs that store a page at the same time one succeeds.
 */
export const conflictsMax = 40;
/** Wait before the next try: by chance, so that the runs do not meet again. */
export const conflictWaitMs = (tries: number, random: number): number =>
  Math.round(random * Math.min(200, 10 * (tries + 1)));

/** Receivers of a deployment. */
export const receiversMax = 10;
/** Problems of one reading that become pages. The others are one page with their number. */
export const signalsMax = 200;
/** Parts of a page that are stored and sent. */
export const sliceMax = 20;
export const slicePartCharsMax = 200;
export const summaryCharsMax = 500;
export const reasonCharsMax = 1_000;

/** Time of one attempt, in total. */
export const attemptMs = 5_000;
/** Concurrent attempts of a run. */
export const attemptsAtOnce = 10;
/** Wait before the only repetition within a run. */
export const repeatMs = 1_000;
/** Wait before the next run's attempt: doubled each time, from the first to the second value. */
export const retryMsMin = 30_000;
export const retryMsMax = 15 * 60_000;
/** A delivery is dead-lettered after this time. */
export const deliveryMsMax = 24 * 60 * 60_000;
/** Attempts of a delivery that are stored. */
export const attemptsKept = 5;
/** A worker that holds a page longer than this has crashed. */
export const claimMs = 60_000;

/** A delivery that is later than this counts as late, which pages by the other way. */
export const lateMs = 2 * 60_000;
/** Retention of pages. */
export const pageDays = 90;

/** The longest `dedup_key` of PagerDuty, and the longest alias of Opsgenie is 512. */
export const dedupKeyCharsMax = 255;
/** How long a page that has ended stays open for the same problem. */
export const settleMs = 10 * 60_000;
/** A reading of the alarms may miss a change that is younger than this. */
export const readingLagMs = 30_000;

/** Heartbeats arrive every minute. Later than this, the region is silent. */
const silenceMs = 75_000;
/** The same for a region whose CloudWatch does not respond either. */
const silenceWithFailureMs = 60_000;
/** How long a region may send no heartbeats. */
export const silenceLimitMs = (hasFailed: boolean): number =>
  hasFailed ? silenceWithFailureMs : silenceMs;
/**
 * A run that finds the last heartbeat older waits for the next one: otherwise the next run would
 * find the silence more than 115 seconds after the last heartbeat.
 */
export const heartbeatDueMs = 55_000;
/** A waiting run reads the heartbeats at this interval, up to this time after its start. */
export const heartbeatPollMs = 3_000;
export const silenceWaitMs = 25_000;
/** Runs start every minute. After a longer gap, a run does not judge the silence of a region. */
export const runGapMs = 90_000;
/** A heartbeat that is older says nothing: the region may have been removed and added again. */
export const heartbeatKeptMs = 24 * 60 * 60_000;
/**
 * How long CloudWatch of a region may fail before it pages: two runs, of which the second one may
 * start a little early. With a whole minute, it would often be three.
 */
export const unreadableMs = 45_000;

/** How long a worker does not use the table of pages after a failure. */
export const tablePauseMs = 15_000;
/** How long the secrets of receivers are cached. */
export const secretsCachedMs = 5 * 60_000;

/** Interval of self-tests. */
export const selfTestMs = 7 * 24 * 60 * 60_000;
/** How long a person may take to acknowledge one. */
export const acknowledgeMs = 24 * 60 * 60_000;
/** Pages of one response. */
export const pagesListedMax = 100;

/** Interval of the comparisons of alarms with their template. */
export const driftMs = 15 * 60_000;
/** A mute rule that is active for longer was left on; checks that fail for longer page. */
export const muteMs = 60 * 60_000;
/** Time of one comparison, in total. */
export const driftReadMs = 15_000;
/** Differences that a page lists. */
export const driftPartsMax = 20;
/** Requests of one check that run at the same time. */
export const driftReadsAtOnce = 4;
