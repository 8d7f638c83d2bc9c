/** Lifetimes of mailed tokens: for a password reset, and for the confirmation of an address. */
export const resetTokenMinutes = 60;
export const addressTokenMinutes = 1_440;
/**
 * Maximum age of a queued mail. An older one is dead-lettered, because its token would have
 * expired.
 */
export const mailMinutesMax = 60;
/** Timeout of the function that sends mails, and of one request to the mail service. */
export const mailTimeoutSeconds = 30;
export const mailRequestMs = 10_000;
/** Maximum length of a mail address. */
export const mailAddressCharsMax = 254;
export const mailSubjectCharsMax = 200;
export const mailTextCharsMax = 10_000;
/** Maximum length of the value of a further header: SES accepts 870 characters. */
export const mailHeaderCharsMax = 870;
