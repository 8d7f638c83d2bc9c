export const usernameCharsMax = 254;
export const passwordCharsMin = 8;
export const passwordCharsMax = 256;
/**
 * A used refresh token that is presented again within this time is treated as a repeated request
 * whose reply was lost.
 */
export const refreshGraceMs = 10_000;
/**
 * Maximum number of refresh tokens of one family that repeated requests can make valid at the same
 * time.
 */
export const refreshSiblingsMax = 4;
/**
 * Maximum number of access tokens in the row of a family. The index of the table finds the others.
 */
export const refreshFamilyTokensMax = 8;
/** Length of a token id in a list: the first characters of its hash. */
export const tokenIdChars = 12;
/** Maximum number of tokens in a list. */
export const tokensListedMax = 1_000;
/** Maximum number of former names that a lookup follows to the current name. */
export const namesFollowedMax = 20;
/** Maximum number of attempts of a rename while the user is changed concurrently. */
export const renameAttemptsMax = 5;
export const accountInfoCharsMax = 100;
