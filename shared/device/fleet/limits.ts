/** How many devices one request may put into a product, and how many of them at once. */
export const productDevicesAddedMax = 1_000;
export const devicesMovedAtOnceMax = 10;
/** How often a request tells the registries about one device while other requests move it on. Pending work does the rest. */
export const moveAttemptsMax = 5;
/** How long the fleet that gave a device up may take it back without proof. */
export const takeBackDays = 7;
/** How long a claim code is valid, and how many codes of a fleet are valid at once; the oldest ones go first. */
export const claimCodeSeconds = 3_600;
export const claimCodesPerFleetMax = 20;
export const claimCodeBytes = 47;
export const claimCodeCharsMax = 64;
/** The longest base64 signature: that of an RSA key of 8,192 bits. */
export const signatureCharsMax = 1_400;
