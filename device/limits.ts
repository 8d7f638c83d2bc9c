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
 * IoT Core allows 50 topic filters on a connection. Four are for `acks`, `calls`, `control` and
 * `firmware`.
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

// Updates of the firmware. Messages of the cloud.

/** Characters of a signed document: the base64 text of an envelope's payload. */
export const signedDocumentCharsMax = 16_384;
export const signaturesMax = 32;
export const signingKeysMax = 16;
/** Newer key documents in one offer. */
export const keyDocumentsMax = 8;
export const releaseCharsMax = 64;
export const urlCharsMax = 4_096;
export const updateDelayMsMax = 86_400_000;
/** An application that defers an update is asked again after at most this time, 23 days. */
export const deferMsMax = 2_000_000_000;
export const reasonCharsMax = 200;
/** Reports that wait for a connection. The oldest are dropped first. */
export const waitingReportsMax = 16;

// The download.

/** Progress is stored after this number of bytes, or 1 % of the image if that is more. */
export const checkpointBytes = 65_536;
/** A record of the slots, with its header. It contains the offer and the key document. */
export const recordBytesMax = 131_072;
export const readBackBytes = 65_536;
export const blockBytes = 32_768;
/** The cloud answers eight requests of a device per second. */
export const blockIntervalMs = 150;
export const blockTimeoutMs = 15_000;
/** A download without a byte for this time is aborted and resumed. */
export const downloadStallMs = 30_000;
export const downloadBackoffBaseMs = 2_000;
export const downloadBackoffCapMs = 600_000;
/** Longest `Retry-After` that the device accepts. */
export const retryAfterMsMax = 3_600_000;
/** A URL is not used this shortly before it expires. */
export const urlMarginMs = 5_000;
/** A fresh URL is requested again if it does not arrive within this time. */
export const urlTimeoutMs = 30_000;
/** Consecutive failures over HTTPS before the device asks for blocks over MQTT. */
export const httpFailuresMax = 3;
/** Progress is reported after this share of the image, and at most once in `progressReportMs`. */
export const progressReportShare = 0.1;
export const progressReportMs = 30_000;
/** Downloads of the complete image whose hash may be wrong before the update fails. */
export const wrongHashesMax = 2;
/** Failed attempts at one release. A later offer of it is answered with the last failure. */
export const updateAttemptsMax = 3;

// The trial of a new image.

/** A new image that is not confirmed within this time is reverted. */
export const confirmTimeoutMs = 600_000;
/**
 * If the old image cannot connect for this time either, the network or the cloud had failed, not
 * the new image: it is tried again, at most `outagesMax` times.
 */
export const outageMs = 60_000;
export const outagesMax = 3;
/** Starts of a new image without a confirmation before the start program reverts it. */
export const trialBootsMax = 3;
/** Timeout of the last report before a restart. */
export const lastReportTimeoutMs = 5_000;

// The start program.

/** An image on trial that is not confirmed within this time is killed. */
export const trialTimeoutMs = 900_000;
/** Starts without a wait after an image that ended early: three of an image on trial, and one. */
export const promptRestarts = 4;
/** Wait before an image that ended early is started again. It doubles with each start. */
export const restartBaseMs = 250;
export const restartCapMs = 60_000;
/** An image that ran this long did not end early. */
export const stableRunMs = 60_000;
