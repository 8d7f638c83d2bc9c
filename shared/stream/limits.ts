/** API Gateway ends a stream after this time; the client comes back. */
export const streamSecondsMax = 900;
/** A stream ends itself this long before its function's time-out. */
export const streamMarginMs = 5_000;
/** How long a stream waits for the broker, and how often it says that it is there. */
export const liveConnectMs = 5_000;
export const liveKeepAliveSeconds = 30;
/** A stream is silent for at most 9 s, a timer's lateness included: Particle's client gives up after 15 s. */
export const streamHeartbeatMs = 8_000;
/** Events wait this long behind a stream's first line: Particle's client loses what comes in the same piece. */
export const streamFirstEventDelayMs = 50;
/** How long a client is asked to wait before it comes back. */
export const streamRetryMs = 1_000;
/** How many events with an id of their device's a stream knows, so that it does not show them again. */
export const streamIdsMax = 1_000;
/** How long a stream holds an event, and those after it, until it is told when the cloud received it. */
export const receiveTimeHoldMs = 1_500;
/** How many times without an event, and events without a time, a stream remembers. */
export const receiveTimesKeptMax = 5_000;
/** Equal events that came so close together are told apart by their order alone. */
export const receiveTimeTieMs = 250;
/** Between the broker's time of an event and its arrival on a stream: on the way, and clocks that differ. */
export const liveDelayMsMax = 2_000;
/** A time is not matched to an event after this, and is not sent then. */
export const receiveTimesKeptMs = liveDelayMsMax + receiveTimeHoldMs;
/** An event that is seen twice within this time before a client's last one can be told to be the same. */
export const cursorWindowMs = liveDelayMsMax + 1_000;
/** How many events a client's place in the stream names. */
export const cursorEventsMax = 16;
/** How long a text is that may be a cursor. */
export const cursorCharsMax = 1_000;

/** When a stream tries a region again that it does not hear: twice as long after each time. */
export const reconnectMsMin = 1_000;
export const reconnectMsMax = 30_000;
/** A place in a stream waits so long for a region that is not heard. */
export const regionUnavailableMs = 10_000;
/** How many events and characters a stream holds; when there are more, the oldest is shown without waiting. */
export const heldEventsMax = 1_000;
export const heldCharsMax = 1_048_576;
