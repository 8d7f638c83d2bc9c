/**
 * Interval at which an open stream checks its slot. A stream whose slot another one has requested
 * ends within this time.
 */
export const slotCheckMs = 8_000;
/** `Retry-After` when a stream was requested to end: it has ended by then. */
export const requestedRetrySeconds = 10;
/** The smallest `Retry-After` when a slot expires, or its stream ends. */
export const expiryRetrySecondsMin = 5;
/** Maximum number of attempts to occupy a slot when concurrent requests take the free ones. */
export const streamSlotAttemptsMax = 6;
/** Bytes of randomness in the id of a slot, which no client can guess. */
export const slotIdBytes = 9;
/** Characters of a client's hash. */
export const clientHashChars = 12;
/**
 * A client that returns without a cursor within this time after the cloud has ended its stream
 * continues at that stream's position. Particle's client returns after 2 s.
 */
export const handoverMs = 15_000;
/**
 * Shown events that a handover names: more than a cursor, which is a part of every event. The 25
 * handovers of a user fit into a row of 400 KB.
 */
export const handoverEventsMax = 1_000;
/** Time after which the row of a user or fleet without streams may be removed. */
export const slotRowKeptMs = 600_000;
