/** Limits of drills on one machine. */

/** Maximum delay of requests to a slowed-down service. */
export const delayMsMax = 60_000;
/** Maximum connections to a service of another region. */
export const peerSocketsMax = 64;
/** Maximum length read from a request's body to find its table: DynamoDB's own maximum. */
export const peekBytesMax = 16_777_216;
