/** Endpoints that a device may list in its hello, and the characters of one. */
export const endpointsListedMax = 16;
export const endpointCharsMax = 256;
/** `presence` reads the endpoints of the regions at most once in this time, and in the shorter one while a region has not said its own. */
export const endpointsFreshMs = 300_000;
export const endpointsIncompleteMs = 20_000;
