/** Every number that bounds something in the client, with its unit last in the name. */

// What the cloud takes.

export const payloadBytesMax = 131_072;
export const topicBytesMax = 256;
/** A basic-ingest prefix is not counted. */
export const topicSlashesMax = 7;
export const nameBytesMax = 64;
export const argumentBytesMax = 1_024;
export const functionsMax = 100;
export const variablesMax = 100;
/** The broker takes no more filters in one SUBSCRIBE. */
export const filtersPerSubscribeMax = 8;
/** The broker takes 50 filters on a connection; three are for what the cloud says to the device alone. */
export const eventFiltersMax = 40;

// The connection.

export const keepAliveSecondsDefault = 60;
export const keepAliveSecondsMax = 1_200;
/** The most endpoints that a device uses, and the longest. The cloud takes as many in a hello. */
export const endpointsMax = 16;
export const endpointCharsMax = 256;
/** How long TCP, TLS and CONNACK may take together. */
export const connectTimeoutMs = 30_000;
/** How long the first words on a new connection may take. */
export const initializeTimeoutMs = 30_000;
/** How long a goodbye may take before the connection is cut. */
export const disconnectTimeoutMs = 5_000;
export const reconnectBaseMs = 1_000;
export const reconnectCapMs = 300_000;
/** A connection that held for as long was a good one: the next wait is a short one again. */
export const stableConnectionMs = 60_000;
/** How long a device that was thrown out says nothing but hello, so that the cloud can set it right. */
export const helloOnlyMs = 10_000;
/** The longest time over which the cloud may spread a herd. */
export const reconnectDelayMsMax = 3_600_000;

/** The broker lets a connection owe 100 PUBACKs. */
export const unackedPublishesMax = 90;

// Events that are kept until the cloud has stored them.

export const ackTimeoutMs = 30_000;
export const inFlightEventsMax = 50;
export const outboxEventsMax = 10_000;
export const outboxBytesMax = 16_777_216;
/** A log that is shorter than this is not worth writing anew. */
export const compactionMinBytes = 65_536;
export const sleepFlushTimeoutMs = 30_000;
/** A clock that says less than this (2020) was never set: the cloud's clock is the better one. */
export const clockValidFromMs = 1_577_836_800_000;

// The certificate. It is renewed after a share of its lifetime: between three fifths and four fifths, spread by chance.

export const renewalShareMin = 0.6;
export const renewalShareSpread = 0.2;
/** How often a device looks whether its certificate is to be renewed: its clock may be set meanwhile. */
export const renewalCheckMs = 3_600_000;
/** How long a device waits for an answer before it asks again; twice as long each time, up to a day. */
export const renewalRetryBaseMs = 60_000;
export const renewalRetryCapMs = 86_400_000;

// Calls.

export const cachedRepliesMax = 100;
export const cachedReplyMs = 300_000;
export const concurrentCallsMax = 20;
export const callIdCharsMax = 64;
export const errorCharsMax = 500;
