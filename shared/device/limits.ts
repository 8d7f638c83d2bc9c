export const devicesPerFleetListedMax = 1_000;
export const deviceNameCharsMax = 64;
export const deviceNotesCharsMax = 2_000;
/**
 * A reservation of a name without a device expires after this time: longer than a request takes.
 */
export const nameReservationMs = 60_000;
/** Attempts of a change of a device's name or notes while other requests change the device. */
export const updateAttemptsMax = 5;
/** The highest number of a firmware version: devices report 16 bits. */
export const firmwareVersionMax = 65_535;
/** The version of Device OS in a request to install firmware. */
export const buildTargetCharsMax = 32;
