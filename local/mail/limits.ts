/** So many mails stay in the folder: an older one goes when another one comes. */
export const mailsKeptMax = 1_000;
/** SES takes 40 MB; what is sent here is a few lines. */
export const mailBodyBytesMax = 262_144;
/** SES: https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
export const recipientsMax = 50;
