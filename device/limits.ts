/** All limits of the client. Each name ends with its unit. */

// Limits of the cloud.

export const payloadBytesMax = 131_072;
export const topicBytesMax = 256;
/** Without those of a basic-ingest prefix. */
export const topicSlashesMax = 7;
export const nameBytesMax = 64;
export const argumentBytesMax = 1_024;
export const functionsMax = 100;
export const variablesMax = 100;
/** Topic filters in one SUBSCRIBE. */
export const filtersPerSubscribeMax = 8;
/**
 * IoT Core allows 50 topic filters on a connection. Three are for `acks`, `calls` and `control`.
 */
export const eventFiltersMax = 40;

// The connection.

export const keepAliveSecondsDefault = 60;
export const keepAliveSecondsMax = 1_200;
/** Endpoints of a device. The cloud accepts the same number and length in a hello. */
export const endpointsMax = 16;
export const endpointCharsMax = 256;
/** Timeout of TCP, TLS and CONNACK together. */
export const connectTimeoutMs = 30_000;
/** Timeout of the first subscriptions and the hello on a new connection. */
export const initializeTimeoutMs = 30_000;
/** Timeout of a graceful disconnect. The client then closes the connection. */
export const disconnectTimeoutMs = 5_000;
/** Reconnect backoff: the bound of the first wait, and the cap. */
export const reconnectBaseMs = 1_000;
export const reconnectCapMs = 300_000;
/** A connection that lasted this long is stable: the backoff starts again at its base. */
export const stableConnectionMs = 60_000;
/** After the broker closed a connection early, the device publishes only hello for this time. */
export const helloOnlyMs = 10_000;
/** Longest reconnect delay that the cloud can request. */
export const reconnectDelayMsMax = 3_600_000;

/** IoT Core allows 100 unacknowledged publishes on a connection. */
export const unackedPublishesMax = 90;

// The outbox.

/** The sender publishes an event again if its ack is missing for this time. */
export const ackTimeoutMs = 30_000;
/** Events of the outbox that are published and not acknowledged. */
export const inFlightEventsMax = 50;
export const outboxEventsMax = 10_000;
export const outboxBytesMax = 16_777_216;
/** Logs below this size are not compacted. */
export const compactionMinBytes = 65_536;
/** `sleep` waits this long for the acks. */
export const sleepFlushTimeoutMs = 30_000;
/** A clock before this time (2020) was never set: the cloud's receive time is more accurate. */
export const clockValidFromMs = 1_577_836_800_000;

// The certificate. Renewal is due after 60 to 80 % of its lifetime, at random.

export const renewalShareMin = 0.6;
export const renewalShareSpread = 0.2;
/** Interval of the check whether a renewal is due, because the clock may be set in between. */
export const renewalCheckMs = 3_600_000;
/** Wait before a renewal request is repeated. It doubles with each attempt, up to the cap. */
export const renewalRetryBaseMs = 60_000;
export const renewalRetryCapMs = 86_400_000;

// Calls.

export const cachedRepliesMax = 100;
export const cachedReplyMs = 300_000;
export const concurrentCallsMax = 20;
export const callIdCharsMax = 64;
export const errorCharsMax = 500;

// Vitals.

export const vitalsBytesMax = 8_192;
/** Shortest interval between vitals: the cloud stores at most one a minute. */
export const vitalsSecondsMin = 60;
/** Longest interval: timers cannot be longer than about 24 days. */
export const vitalsSecondsMax = 604_800;
/** Longest time after the first connect until the first vitals on an interval. */
export const vitalsFirstMsMax = 60_000;
