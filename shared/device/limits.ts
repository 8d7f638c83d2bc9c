export const devicesPerFleetListedMax = 1_000;
export const deviceNameCharsMax = 64;
export const deviceNotesCharsMax = 2_000;
/** A name that was taken for a device whose row does not have it is free after this time: longer than a request lives. */
export const nameReservationMs = 60_000;
/** How often a change of a device's name or notes is tried again when others change the device at the same time. */
export const updateAttemptsMax = 5;
