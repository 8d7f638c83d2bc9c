/** What bounds drills on this machine, with the unit last. */

/** No request of a service that was slowed down waits for longer. */
export const delayMsMax = 60_000;
/** Connections to a service of another region. */
export const peerSocketsMax = 64;
/** A request whose table is looked for is read this far: DynamoDB takes no larger one. */
export const peekBytesMax = 16_777_216;
