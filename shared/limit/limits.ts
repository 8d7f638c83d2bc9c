/** Limits of usage of a fleet. */
export const usageLimitsPerFleetMax = 50;
/** Data operations, or deliveries, of a limit. */
export const usageLimitMax = 1_000_000_000_000;
export const usageLimitNameCharsMax = 100;
/** Devices that are slowed down by a limit of their fleet. */
export const slowedDevicesMax = 10;
/**
 * Attempts of the slowed deliveries of an integration in a second, over all workers of a region.
 */
export const slowedPerSecond = 1;
