/** How long a function uses the roles of a team without reading them again. */
export const teamCacheMs = 5_000;
export const teamsCachedMax = 1_000;
/** How often an open event stream checks whether its caller may go on. Not less than `tokenCacheMs`: a check costs a read then. */
export const callerCheckIntervalMs = 30_000;
export const productsCachedMax = 10_000;
/**
 * How many calls that wait for their devices, event streams, and tests and previews of integrations a user may have at
 * once in a region: at most a quarter of the concurrent executions that the region has for all users together. See
 * docs/adr/0034-concurrency-slots.md.
 */
export const slotsMax = { calls: 16, streams: 50, tests: 5 } as const;
/** A call needs no place unless its device takes longer than this. */
export const callSlotAfterMs = 1_000;
/** When it is worth another try for a request that found no place. */
export const slotRetrySeconds = { calls: 5, streams: 30, tests: 5 } as const;
/** How often a request looks for a free place while concurrent requests take those that it has seen. */
export const slotAttemptsMax = 6;
/** A place of a worker that died is free so long after the time that it had. */
export const slotMarginMs = 5_000;
