/**
 * How long a worker uses cached integrations without asking whether they changed. The reply to a
 * change is delayed for the same time, so that a confirmed change is in force everywhere in its
 * region.
 */
export const integrationsFreshMs = 1_000;
/** How long cached integrations are used after a read failed. */
export const integrationsRetryMs = 5_000;
/** Fleets whose integrations a worker caches. */
export const fleetsCachedMax = 10_000;
/**
 * How long a worker uses cached integrations that are unchanged by the counters of changes. Bounds
 * the delay of a change that was not counted, or whose replication follows its counter's late.
 */
export const integrationsUnchangedMsMax = 60_000;
/**
 * How long after a new counter a fleet is read as before, because rows are replicated in any order.
 */
export const routingSettleMs = 10_000;
/** Counters of changes in each region. They fit into one write unit. */
export const routingShards = 64;
