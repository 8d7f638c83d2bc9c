/** How often, and how long each time, a worker waits for another one that has the same event. */
export const claimRetriesMax = 8;
export const claimRetryMs = 250;
/**
 * Longer than the tables, and the queue or the broker, that hang before they fail, together;
 * shorter than `seenLeaseSeconds`.
 */
export const routeTimeoutSeconds = 29;
/** Events of a device that a worker receives in a window, from which on the device is busy. */
export const busyEventsMin = 50;
export const busyWindowMs = 10_000;
/** Devices whose events a worker counts. */
export const busyDevicesMax = 10_000;
