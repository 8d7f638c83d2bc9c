export const tokenDaysDefault = 90;
/** A refresh token outlives its token by so much, and a token without an end is renewed as long after it was made. */
export const refreshDays = 14;
/** How often a renewal is decided again after another one of the same family came first. */
export const refreshAttemptsMax = 5;
/** How long a function believes a token that it has looked up. */
export const tokenCacheMs = 30_000;
export const tokensCachedMax = 10_000;
