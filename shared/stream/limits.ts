/**
 * Lifetime of a stream. Lambda does not notify a stream whose client has disconnected: it runs, and
 * is billed, until its end. See docs/adr/0004-event-streams.md.
 */
export const streamLifeSeconds = 90;
/**
 * The maximum fraction by which a lifetime is randomly shorter, so that streams that began together
 * do not all return together.
 */
export const streamLifeJitter = 1 / 6;
/** Timeout of the function and its integration: includes the time to open and to end a stream. */
export const streamTimeoutSeconds = 110;
/** A stream ends this long before its function's timeout. */
export const streamMarginMs = 5_000;
/** Timeout of the connection to the broker, and its MQTT keep-alive interval. */
export const liveConnectMs = 5_000;
export const liveKeepAliveSeconds = 30;
/**
 * Largest packet of the broker, with a margin. A message has at most 128 kB:
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
export const livePacketBytesMax = 262_144;
/** Largest message of the WebSocket, which can contain several packets. */
export const liveFrameBytesMax = 4 * livePacketBytesMax;
/**
 * With the delay of a timer, a stream is silent for at most 9 s. Particle's client times out after
 * 15 s.
 */
export const streamHeartbeatMs = 8_000;
/**
 * Delay between the first line of a stream and the first event. Particle's client loses events in
 * the first chunk.
 */
export const streamFirstEventDelayMs = 50;
/** The `retry` value of server-sent events: the delay before a client reconnects. */
export const streamRetryMs = 1_000;
/** Event ids with which a stream detects duplicates. */
export const streamIdsMax = 1_000;
/** How long a stream holds an event, and those after it, until its receive time is known. */
export const receiveTimeHoldMs = 1_500;
/** Unmatched receive times that a stream holds, and unmatched events. */
export const receiveTimesKeptMax = 5_000;
/** Equal events within this time of each other are matched in their order. */
export const receiveTimeTieMs = 250;
/**
 * Maximum difference between the broker's time of an event and its arrival on a stream: network and
 * clocks.
 */
export const liveDelayMsMax = 2_000;
/** Receive times older than this are neither published nor matched. */
export const receiveTimesKeptMs = liveDelayMsMax + receiveTimeHoldMs;
/**
 * A cursor names the shown events of this time before its position, so that they are not shown
 * again.
 */
export const cursorWindowMs = liveDelayMsMax + 1_000;
/** Shown events that a cursor names. */
export const cursorEventsMax = 16;
/** Longest text that is parsed as a cursor. */
export const cursorCharsMax = 1_000;

/** Exponential backoff of the connection to another region. */
export const reconnectMsMin = 1_000;
export const reconnectMsMax = 30_000;
/** A stream's position waits this long for a region without a connection. */
export const regionUnavailableMs = 10_000;
/** Events and characters that a stream holds. When they are exceeded, the oldest event is shown. */
export const heldEventsMax = 1_000;
export const heldCharsMax = 1_048_576;
