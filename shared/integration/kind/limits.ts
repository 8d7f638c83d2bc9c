/** The largest stored configuration of an integration. */
export const integrationBytesMax = 65_536;
/** The key of a webhook's signatures, and for how long a former one signs too. */
export const signingKeyBytes = 32;
/** How long a token for an Azure IoT hub is good. */
export const sasTokenSeconds = 3_600;
