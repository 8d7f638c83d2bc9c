/** Devices of a product that are read for one page of its list. */
export const productDevicesReadMax = 10_000;
export const productDevicesPerPageDefault = 25;
export const productDevicesPerPageMax = 1_000;
/** The highest page number. */
export const pageNumberMax = 1_000_000_000;
/** Concurrent queries of the broker for one list. */
export const presenceAskedAtOnceMax = 20;
/** Bounds of a hello. */
export const functionsPerDeviceMax = 100;
export const variablesPerDeviceMax = 100;
export const firmwareCharsMax = 64;
export const slotsMax = 16;
/** The highest number of a key document in a hello. */
export const helloKeysMax = 1_000_000;
export const resetCharsMax = 64;
export const platformCharsMax = 64;
/** The time zones of the world: UTC−12:00 to UTC+14:00. */
export const utcOffsetMinutesMin = -720;
export const utcOffsetMinutesMax = 840;
/** The longest wake interval of a sleepy device: a year. */
export const wakeSecondsMax = 31_536_000;
/**
 * Times of presence events are approximate. Within this time of each other, the version number
 * decides which event is later. The broker restarts the version number only after an hour offline.
 */
export const presenceTimesApproximateMs = 600_000;
/**
 * The lease of the worker that publishes a device's statuses: longer than the time-out of every
 * such worker.
 */
export const statusPublishMs = 60_000;
/**
 * How often, and how many times, the `offline` of a device waits for the report that it has sent
 * directly before, if it downloads an image; and how old a disconnect may be for that.
 */
export const updateReportPollMs = 200;
export const updateReportPollsMax = 5;
export const updateReportWaitMs = 5_000;
/** Unpublished statuses in a session. */
export const pendingStatusesMax = 20;
/** Attempts of a conditional write of a session. */
export const sessionWritesMax = 5;
export const presenceTimeoutSeconds = 25;
/** Tolerance for clock differences and queued messages: newer information is not reconciled. */
export const presenceSettleMs = 120_000;
/** The longest name of a function or variable, in UTF-8 bytes. */
export const callNameBytesMax = 64;
/** Devices in a page of a list with a cursor. */
export const listPageDefault = 100;
export const listPageMax = 200;
/**
 * Devices that one request of a list by name reads at most: fewer if a filter needs their sessions,
 * of which each takes half a read unit.
 */
export const listExaminedMax = 5_000;
export const listStatesExaminedMax = 1_000;
/** Devices of a read of a list by name that has a filter. */
export const listChunk = 250;
/** How long the pages of a list that is not sorted by name can be read. */
export const deviceOrderSeconds = 900;
/**
 * Changes of presence of a device and region: those of as many revisions of its session, of each at
 * most `pendingStatusesMax`. A change takes two revisions.
 */
export const presenceWritesMax = 256;
export const presenceDays = 30;
/** Changes in a page. */
export const presencePageDefault = 50;
export const presencePageMax = 200;
