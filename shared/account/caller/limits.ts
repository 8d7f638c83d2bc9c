/** Time for which a function caches the members of a team. */
export const teamCacheMs = 5_000;
export const teamsCachedMax = 1_000;
/**
 * Interval at which an open event stream re-authenticates its caller. It is not shorter than
 * `tokenCacheMs`, so each check costs one read.
 */
export const callerCheckIntervalMs = 30_000;
export const productsCachedMax = 10_000;
/** A call needs a slot only after this time. */
export const callSlotAfterMs = 1_000;
/** The windows in which the time of a user's calls is added up. */
export const callLoadWindowMs = 2_000;
/** A worker stores the time of a user's calls when it is at least this much. */
export const callLoadReportMs = 100;
/** The smallest part of a user's calls that is sent. */
export const callShareMin = 0.02;
/** Users whose calls a worker remembers. */
export const callLoadUsersMax = 1_000;
/** Time after which the load of a user is removed. */
export const callLoadKeptSeconds = 3_600;
/** `Retry-After` of a request that found no free slot. */
export const slotRetrySeconds = { calls: 5, tests: 5, reads: 2 } as const;
/**
 * Maximum number of attempts to acquire a slot when concurrent requests take the ones it has read.
 */
export const slotAttemptsMax = 6;
/** Time after its maximum lifetime at which the slot of a crashed worker is free. */
export const slotMarginMs = 5_000;
/**
 * Failed changes of one actor in a fleet, within `attemptsWindowSeconds`, and the interval between
 * those above the limit. Each is an entry in the audit log.
 */
export const failedChangesMax = 500;
export const failedChangeIntervalSeconds = 60;
/** Limited actors that a worker remembers. */
export const failedChangesActorsMax = 1_000;
