/** Deliveries per second of a job. */
export const jobPerSecondDefault = 20;
export const jobPerSecondMax = 200;
/** A job starts at this fraction of its rate and doubles it after each such time. */
export const jobSlowStartPart = 8;
export const jobSlowStartMs = 5_000;
/** How long a worker processes a job before it requeues it, and its time-out. */
export const jobRunMs = 15_000;
export const jobTimeoutSeconds = 30;
/** Lease of a job: longer than the worker's time-out, shorter than the visibility time-out. */
export const jobLeaseMs = 45_000;
/**
 * A job without progress for this long has lost its message and gets a new one when it is listed.
 */
export const jobStalledMs = 600_000;
export const jobsRunningPerFleetMax = 5;
/** Jobs of a fleet within the retention time. */
export const jobsPerFleetMax = 100;
export const jobDays = 7;
/** Events per page of a plan. */
export const archivePageMax = 1_000;
