/** All limits of the fleet simulator. Each name ends with its unit. */

export const devicesDefault = 100;
/** Devices of one process: each has a TLS connection and two slots in memory. */
export const devicesMax = 5_000;
export const badPercentDefault = 3;
export const minutesDefault = 20;
export const minutesMax = 120;
/** Time in which the devices publish before the release, so that the cloud learns their rhythm. */
export const warmUpSecondsDefault = 30;
export const warmUpSecondsMax = 3_600;
export const intervalSecondsDefault = 5;
export const intervalSecondsMax = 3_600;
export const soakSecondsDefault = 10;
export const soakSecondsMax = 86_400;
/** Length of the day that a sleeping device sleeps. */
export const daySecondsDefault = 60;
export const daySecondsMax = 86_400;
export const wavesMax = 20;
export const imageKilobytesDefault = 16;
export const imageKilobytesMax = 1_024;
export const seedMax = 4_294_967_295;

export const provisionBatch = 25;
export const provisioningMax = 2;
/** Devices that connect at the same time. */
export const connectingMax = 20;
export const bootMs = 500;
/** A new image that does not connect is reverted after this time. */
export const confirmMs = 15_000;
export const pollMs = 5_000;
/** After the end of a release, devices may still restart. */
export const settleMs = 20_000;
export const pageSize = 100;
/** The cloud expects a device back within this time after the restart. */
export const returnSeconds = 30;
export const failureCountDefault = 5;
export const failurePercentDefault = 10;
