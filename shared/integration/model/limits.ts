/**
 * How long a worker uses a fleet's integrations without reading them again. An answer to a change is
 * held back for as long, so that a change is in force everywhere in its region when it is confirmed.
 */
export const integrationsFreshMs = 1_000;
/** How long the table is left alone after it could not be read, while what was read before is used. */
export const integrationsRetryMs = 5_000;
/** How many fleets' integrations one worker keeps. */
export const fleetsCachedMax = 10_000;
