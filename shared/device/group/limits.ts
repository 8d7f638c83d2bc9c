/** As at Particle. */
export const groupNameCharsMax = 64;
export const groupDescriptionCharsMax = 500;
export const groupColorCharsMax = 32;
export const groupsPerProductMax = 200;
export const groupsPerDeviceMax = 10;
/** Devices of one request that changes their groups, and how many are changed concurrently. */
export const devicesGroupedMax = 1_000;
export const devicesGroupedAtOnceMax = 10;
/** Rows of devices in one read of a fleet. */
export const memberChunk = 500;
/** Devices that a count of a group reads at most. */
export const membersReadMax = 100_000;
/** The time in which a request changes the devices of a group. Shorter than that of the API. */
export const memberEditMs = 20_000;
/** Attempts of a change of a device's groups while other requests change the device. */
export const memberEditAttemptsMax = 5;
