/**
 * Limits of SNS. The unit is last in each name.
 * https://docs.aws.amazon.com/general/latest/gr/sns.html
 */

export const messageBytesMax = 262_144;
export const subjectCharsMax = 100;
export const endpointCharsMax = 2_048;
/** Size of a request: a message of the maximum size with escaped characters. */
export const requestBytesMax = 1_048_576;
/** On AWS 12.5 million for each topic. */
export const subscriptionsMax = 1_000;
/** Subscriptions in one response. */
export const pageMax = 100;
/** Maximum deliveries of a region that are not finished. A further message is refused. */
export const pendingMax = 1_000;
/** Time in which an HTTP endpoint must answer. */
export const responseMsMax = 15_000;
/** Maximum size of such an answer that is read. */
export const responseBytesMax = 65_536;
/** Time for which the token of a confirmation is valid: two days. */
export const tokenMsMax = 172_800_000;
/** Time since the last request after which a topic has no metrics. */
export const activeMs = 21_600_000;
