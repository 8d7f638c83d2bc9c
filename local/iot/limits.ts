/**
 * IoT Core's limits, and Godwit's own. The unit is last in each name.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */

// IoT Core's own.

export const payloadBytesMax = 131_072;
export const topicBytesMax = 256;
/** Without the prefix of basic ingest. */
export const topicSlashesMax = 7;
export const clientIdBytesMax = 128;
export const filtersPerSubscribeMax = 8;
export const subscriptionsMax = 50;
/** Also the keep-alive of a client that requests none or a longer one. */
export const keepAliveSecondsMax = 1_200;
export const keepAliveSecondsMin = 30;
/** Maximum unacknowledged QoS 1 messages of one client. Further ones wait. */
export const publishesInFlightMax = 100;
/**
 * CONNECT requests of all clients per second. Small regions have 100, and AWS raises the quota on
 * request.
 */
export const connectsPerSecondDefault = 500;
export const sessionMs = 3_600_000;
/** Time that `GetConnection` reports a disconnect. */
export const disconnectedKnownMs = 1_800_000;
/** IoT Core discards a client's version number after about this time offline. */
export const versionKnownMs = 3_600_000;
/** Direct messages to one connection per second: the limit of outbound publishes. */
export const directMessagesPerSecondMax = 100;
export const directTimeoutSecondsMin = 1;
export const directTimeoutSecondsMax = 15;
export const directTimeoutSecondsDefault = 5;
/** Payload size of one billed message. */
export const billedBytes = 5_120;

/** Lifetime of a certificate ownership token. */
export const ownershipTokenMs = 3_600_000;
/** Timeout of a pre-provisioning hook. */
export const hookTimeoutMs = 5_000;

// A packet has a topic and a few bytes besides its payload.
export const packetBytesMax = payloadBytesMax + 1_024;

// Godwit's own: IoT Core does not publish such limits, or does not need them.

/** Maximum certificates created over MQTT and not yet provisioned. The oldest are removed first. */
export const ownershipTokensMax = 10_000;
/** Maximum waiting publishes of one connection. One read of its socket holds fewer. */
export const publishesWaitingMax = 20_000;
/**
 * Maximum publishes of all connections that are not acknowledged yet. A further one is rejected:
 * its connection is closed. Before that, each connection is read no further than one chunk.
 */
export const publishesInFlightTotalMax = 250_000;
/**
 * Maximum messages for which rules run at the same time. A queue with this many commits them in few
 * groups, and even at 200 messages per second none of them waits until its time-out.
 */
export const ruleRunsMax = 1_000;
/** Maximum QoS 1 messages stored for an offline client. The oldest are removed first. */
export const sessionMessagesMax = 1_000;
export const retainedTopicsMax = 10_000;
/** Maximum disconnected clients whose last connection is known. */
export const closedConnectionsMax = 100_000;
export const connectTimeoutMs = 10_000;
export const handshakeTimeoutMs = 10_000;
/** A subscriber that reads nothing for this time while messages wait is disconnected. */
export const subscriberStallMs = 5_000;
/**
 * A subscriber with more unsent bytes is disconnected. IoT Core sends 512 KiB/s and drops the rest.
 */
export const subscriberBacklogBytesMax = 16_777_216;
export const actionAttemptsMax = 3;
/** Wait before a retry of a rule's action. */
export const actionWaitMs = 100;
/** Timeout of one attempt. */
export const actionAttemptMs = 5_000;
/**
 * Maximum total payload that waits while the disk is full, over all clients. A further publish is
 * rejected: its connection is closed.
 */
export const waitingBytesMax = 67_108_864;
/** Time that a stop waits for publishes in flight. */
export const stopMs = 3_000;
/** Interval of the removal of expired sessions and old connections. */
export const sweepMs = 60_000;
/** Unknown rules that the metric RuleNotFound names in a minute. */
export const unknownRulesMax = 100;
