import { hourSeconds } from "../../platform/durations.ts";

/** Maximum size of an integration's settings. */
export const integrationBytesMax = 65_536;
/** Length of a webhook's signing key. */
export const signingKeyBytes = 32;
/** Keys of signing secrets that a worker keeps. */
export const signingKeysMax = 1_000;
/** Lifetime of a token for an Azure IoT hub. */
export const sasTokenSeconds = hourSeconds;
