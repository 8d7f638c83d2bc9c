/** Time-out of the function `watcher`, which runs every minute. */
export const watcherTimeoutSeconds = 50;
