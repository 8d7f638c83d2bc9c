/**
 * How long a worker uses cached integrations. The reply to a change is delayed for the same time,
 * so that a confirmed change is in force everywhere in its region.
 */
export const integrationsFreshMs = 1_000;
/** How long cached integrations are used after a read failed. */
export const integrationsRetryMs = 5_000;
/** Fleets whose integrations a worker caches. */
export const fleetsCachedMax = 10_000;
