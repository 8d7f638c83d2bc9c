import { minuteMs } from "../../platform/durations.ts";

/**
 * Time-out of `updates` for a batch: longer than the confirmation of an offer, which the devices of
 * a batch give concurrently.
 */
export const updatesTimeoutSeconds = 25;
/** The length of an id of a release in a message of a device. */
export const releaseCharsMax = 64;
/** Bytes of a block: the default, and the maximum. */
export const blockBytesDefault = 8_192;
export const blockBytesMax = 32_768;
/** Validity of the URL of an image. */
export const imageUrlSeconds = 900;
/** The longest time that a device waits before it uses the URL. */
export const downloadDelayMsMax = 5 * minuteMs;
/** Downloads that one worker lets begin in a second. */
export const downloadsPerSecond = 10;
/**
 * Bytes of an offer. IoT Core accepts 128 KB: key documents that do not fit are sent with the next
 * offer.
 */
export const offerBytesMax = 120_000;
/** A worker trusts what it has read about a firmware version and its keys for this time. */
export const offeredVersionFreshMs = 10_000;
export const offeredVersionsCachedMax = 100;
/** A worker trusts for this time that a device may download an image. */
export const downloadFreshMs = 30_000;
export const downloadsCachedMax = 1_000;
/**
 * Requests of one device that a worker answers at once and per second. A device that requests more
 * gets no answer to the rest, and requests again.
 */
export const requestRate = { burst: 8, perSecond: 8 };
/** The same for its reports: those of a whole update fit into a burst. */
export const reportRate = { burst: 20, perSecond: 1 };
/** Devices whose messages a worker counts. */
export const requestingDevicesMax = 10_000;
/**
 * A request that has waited for longer in the queue is not answered: its device has repeated it.
 */
export const requestFreshMs = 2 * minuteMs;
/** How often, and how many times, a hello waits for its session in one attempt. */
export const sessionPollMs = 200;
export const sessionPollsMax = 10;
/**
 * How long the events of an installed update wait for the device's `online`, which a presence event
 * may cause later.
 */
export const onlineWaitMs = minuteMs;
