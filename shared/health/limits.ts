/** Timeout of a health check. Health checks of Route 53 wait 2 s for a complete response. */
export const healthCheckMsMax = 1_500;
/** How long a result is cached. Route 53 sends health checks from many locations at once. */
export const healthCacheMs = 5_000;
