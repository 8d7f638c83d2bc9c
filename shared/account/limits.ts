export const usernameCharsMax = 254;
export const passwordCharsMin = 8;
export const passwordCharsMax = 256;
/** A used refresh token that comes back within this time counts as a repeated request, because the reply was lost. */
export const refreshGraceMs = 10_000;
/** How many refresh tokens of one family such repeats may make valid at the same time. */
export const refreshSiblingsMax = 4;
/** How many access tokens a family names itself; the index of the table knows the others. */
export const refreshFamilyTokensMax = 8;
/** How many characters of its hash name a token in a list. */
export const tokenIdChars = 12;
/** How many tokens a list shows. */
export const tokensListedMax = 1_000;
/** How many names that a user has left are followed to the one that they have now. */
export const namesFollowedMax = 20;
/** How often a rename is tried again when the user is changed at the same time. */
export const renameAttemptsMax = 5;
export const accountInfoCharsMax = 100;
