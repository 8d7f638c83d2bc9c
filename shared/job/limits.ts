/** How many deliveries a job makes in a second. */
export const jobPerSecondDefault = 20;
export const jobPerSecondMax = 200;
/** It begins with this part of that, and makes twice as many after each such time. */
export const jobSlowStartPart = 8;
export const jobSlowStartMs = 5_000;
/** How long a worker works for a job before it hands it on, and when it is stopped whatever it does. */
export const jobRunMs = 15_000;
export const jobTimeoutSeconds = 30;
/** How long a job is its worker's. Longer than the worker lives, shorter than its message is hidden. */
export const jobLeaseMs = 45_000;
/** A job that nobody has worked at for so long has lost its message, and gets another when somebody looks. */
export const jobStalledMs = 600_000;
export const jobsRunningPerFleetMax = 5;
/** How many jobs a fleet may have begun within the time that they are kept. */
export const jobsPerFleetMax = 100;
export const jobDays = 7;
/** How many events are read at once for a plan. */
export const archivePageMax = 1_000;
