export const integrationsPerFleetMax = 100;
/** How long an integration's name is. */
export const integrationNameCharsMax = 200;
/** How often an integration is changed again that somebody else has written meanwhile. */
export const integrationWritesMax = 5;
export const signingOverlapSecondsDefault = 86_400;
export const signingOverlapSecondsMax = 2_592_000;
export const deliveryDeadlineSecondsMin = 1;
export const deliveryDeadlineSecondsMax = 604_800;
