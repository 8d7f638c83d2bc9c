/** How long the token of a mail is good: one that replaces a password, and one that confirms an address. */
export const resetTokenMinutes = 60;
export const addressTokenMinutes = 1_440;
/** A mail that could not be sent for so long is put aside: its token would be of no use. */
export const mailMinutesMax = 60;
/** How long the function that sends mails may take for a batch, and one request to the mail service. */
export const mailTimeoutSeconds = 30;
export const mailRequestMs = 10_000;
/** The longest address of a mail. RFC 5321, 4.5.3.1.3: a path of 256 characters has angle brackets. */
export const mailAddressCharsMax = 254;
export const mailSubjectCharsMax = 200;
export const mailTextCharsMax = 10_000;
