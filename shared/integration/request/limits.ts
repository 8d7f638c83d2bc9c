/** How many tokens of targets' services one worker keeps, and how long before its end one is renewed. */
export const tokensCachedMax = 1_000;
export const tokenMarginMs = 60_000;
/** An attempt that needs several requests, for a token first, begins none after this time. */
export const furtherRequestMs = 5_000;
/** How long a worker uses the firmware version that a device said, and of how many devices it remembers that. */
export const versionFreshMs = 5_000;
export const versionsCachedMax = 5_000;
/** How much of a redirect's target is shown. */
export const targetLocationCharsMax = 200;
