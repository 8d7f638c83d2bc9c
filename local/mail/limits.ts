/** Emails kept in the folder. A new one deletes the oldest. */
export const mailsKeptMax = 1_000;
/** SES accepts 40 MB; Godwit's emails are a few lines. */
export const mailBodyBytesMax = 262_144;
/** SES: https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
export const recipientsMax = 50;
/** Further headers of an email: SES accepts 15. */
export const headersMax = 15;
