export const tokenDaysDefault = 90;
/**
 * Lifetime of a refresh token beyond the end of its access token, or after its issue when the
 * access token never expires.
 */
export const refreshDays = 14;
/** Maximum number of attempts of a renewal when concurrent renewals of the same family win. */
export const refreshAttemptsMax = 5;
/** Time for which a function caches a validated token. */
export const tokenCacheMs = 30_000;
export const tokensCachedMax = 10_000;
