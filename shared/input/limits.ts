/**
 * Maximum number of issues in the error message of a request, and maximum length of a field name
 * from a client.
 */
export const inputIssuesMax = 10;
export const inputNameCharsMax = 80;
/** Maximum number of known fields in an error message. */
export const inputFieldsShownMax = 40;
/** The latest time in a request: 15 digits, the width of times in sort keys. */
export const ledgerTimeMsMax = 999_999_999_999_999;
/** Length of the cursor of a list. */
export const cursorCharsMax = 400;
