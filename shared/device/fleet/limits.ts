import { hourSeconds } from "../../platform/durations.ts";

/** Devices that one request adds to a product, and how many concurrently. */
export const productDevicesAddedMax = 1_000;
export const devicesMovedAtOnceMax = 10;
/**
 * Updates of the registries for one device while other requests move it again. Pending work
 * completes the rest.
 */
export const moveAttemptsMax = 5;
/** The time in which the fleet that gave a device up may claim it again without proof. */
export const takeBackDays = 7;
/** The lifetime of a claim code, and the valid codes of a fleet; a new code replaces the oldest. */
export const claimCodeSeconds = hourSeconds;
export const claimCodesPerFleetMax = 20;
export const claimCodeBytes = 47;
export const claimCodeCharsMax = 64;
/** The longest base64 signature: that of an RSA key of 8,192 bits. */
export const signatureCharsMax = 1_400;
