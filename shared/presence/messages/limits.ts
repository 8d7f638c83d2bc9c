/** Changes of the running firmware of a device that its region records in a day. */
export const firmwareChangesPerDayMax = 100;
/** Endpoints in a hello, and the length of one. */
export const endpointsListedMax = 16;
export const endpointCharsMax = 256;
/**
 * `presence` caches the endpoints of the regions for this time, and for the shorter one while an
 * endpoint is missing.
 */
export const endpointsFreshMs = 300_000;
export const endpointsIncompleteMs = 20_000;
