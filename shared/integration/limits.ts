import { daySeconds } from "../platform/durations.ts";

export const integrationsPerFleetMax = 100;
/** Maximum length of an integration's name. */
export const integrationNameCharsMax = 200;
/** Attempts to change an integration that other requests change concurrently. */
export const integrationWritesMax = 5;
export const signingOverlapSecondsDefault = daySeconds;
export const signingOverlapSecondsMax = 2_592_000;
export const deliveryDeadlineSecondsMin = 1;
export const deliveryDeadlineSecondsMax = 604_800;
