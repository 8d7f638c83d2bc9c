/** How many devices of a product are read for one page of its list. */
export const productDevicesReadMax = 10_000;
export const productDevicesPerPageDefault = 25;
export const productDevicesPerPageMax = 1_000;
/** The highest number of a page that somebody may ask for. */
export const pageNumberMax = 1_000_000_000;
/** How many devices the broker is asked about at once for one list. */
export const presenceAskedAtOnceMax = 20;
/** What a device may say of itself. */
export const functionsPerDeviceMax = 100;
export const variablesPerDeviceMax = 100;
export const firmwareCharsMax = 64;
/** The longest a sleepy device may say that it sleeps: a year. */
export const wakeSecondsMax = 31_536_000;
/**
 * Times of presence events are approximate: within this time of each other the connection's number
 * decides which is the later one. It starts again only after an hour offline.
 */
export const presenceTimesApproximateMs = 600_000;
/** How often a session is read again when another worker has written it meanwhile. */
/** For how long one worker is the only one that tells a device's statuses: longer than any worker that does so may run. */
export const statusPublishMs = 60_000;
/** How many statuses of a device wait to be told. */
export const pendingStatusesMax = 20;
export const sessionWritesMax = 5;
export const presenceTimeoutSeconds = 25;
/** Clocks, and messages that are still in queues: what is younger is not doubted. */
export const presenceSettleMs = 120_000;
/** The longest name of a function or variable, and the longest argument. */
export const callNameBytesMax = 64;
