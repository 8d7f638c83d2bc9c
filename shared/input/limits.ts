/** How many things a refusal of a request names, and how much of a name that the client made up. */
export const inputIssuesMax = 10;
export const inputNameCharsMax = 80;
/** How many fields a refusal names that would have been known. */
export const inputFieldsShownMax = 40;
/** The latest time that may be asked for: 15 digits, as rows are sorted by. */
export const ledgerTimeMsMax = 999_999_999_999_999;
