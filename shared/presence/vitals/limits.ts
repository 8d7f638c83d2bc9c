/** How long vitals are stored. */
export const vitalsDays = 30;
/** The longest payload, and its bounds. */
export const vitalsBytesMax = 8_192;
export const vitalsDepthMax = 8;
export const vitalsValuesMax = 300;
export const vitalsNameCharsMax = 64;
export const vitalsTextCharsMax = 512;
/** Stored vitals of a device by hour of their time. Further ones are delivered, but not stored. */
export const vitalsPerHourMax = 60;
/**
 * Vitals of a device that a worker forwards at once, and the time after which it forwards another
 * one: a device that publishes them in a loop must not fill the queue of presence messages.
 */
export const vitalsBurst = 20;
export const vitalsRefillMs = 10_000;
/** Devices whose vitals a worker counts. */
export const vitalsDevicesMax = 10_000;
/** Vitals in a page. Their JSON is smaller than the largest reply of a function. */
export const vitalsPageDefault = 100;
export const vitalsPageMax = 500;
/** Rows that one request reads: those of a former owner are left out. */
export const vitalsReadMax = 5_000;
