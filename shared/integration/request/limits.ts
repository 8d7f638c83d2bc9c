/** Access tokens that a worker caches, and how long before expiry it renews one. */
export const tokensCachedMax = 1_000;
export const tokenMarginMs = 60_000;
/** An attempt with several requests (for a token first) starts none after this time. */
export const furtherRequestMs = 5_000;
/** How long a worker caches a device's firmware version, and of how many devices. */
export const versionFreshMs = 5_000;
export const versionsCachedMax = 5_000;
/** Length of a redirect's location in a reason. */
export const targetLocationCharsMax = 200;
