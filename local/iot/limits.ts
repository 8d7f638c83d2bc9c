/**
 * What AWS IoT Core takes and keeps, with the unit last in each name, and the bounds that are our own.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */

// IoT Core's own.

export const payloadBytesMax = 131_072;
export const topicBytesMax = 256;
/** The prefix of basic ingest is not counted. */
export const topicSlashesMax = 7;
export const clientIdBytesMax = 128;
export const filtersPerSubscribeMax = 8;
export const subscriptionsMax = 50;
/** A client that asks for no keep-alive, or for a longer one, gets this. */
export const keepAliveSecondsMax = 1_200;
export const keepAliveSecondsMin = 30;
/** QoS 1 messages of one client that are taken and not yet acknowledged. Further ones wait. */
export const publishesUnderWayMax = 100;
/** CONNECT requests of all clients. Small regions have 100, and AWS raises it on request. */
export const connectsPerSecondDefault = 500;
export const sessionMs = 3_600_000;
/** How long `GetConnection` knows when and why a client went. */
export const disconnectedKnownMs = 1_800_000;
/** IoT Core forgets a client's version number after about this long offline. */
export const versionKnownMs = 3_600_000;
export const directTimeoutSecondsMin = 1;
export const directTimeoutSecondsMax = 15;
export const directTimeoutSecondsDefault = 5;
/** One billed message is this much of payload. */
export const billedBytes = 5_120;

/** How long a certificate's ownership token is valid. */
export const ownershipMs = 3_600_000;
/** How long a pre-provisioning hook may take. */
export const hookMs = 5_000;

// A packet holds its topic and a few bytes beside its payload.
export const packetBytesMax = payloadBytesMax + 1_024;

// Ours: IoT Core has such bounds but does not publish them, or is too large to need them.

/** Certificates that were created over MQTT and are not provisioned yet. The oldest go first. */
export const ownershipTokensMax = 10_000;
/** Publishes of one connection that wait behind those under way. One read of its socket holds fewer. */
export const publishesWaitingMax = 20_000;
/** QoS 1 messages that wait for one client that is away. The oldest go first. */
export const sessionMessagesMax = 1_000;
export const retainedTopicsMax = 10_000;
/** Clients that are away and still known. */
export const goneClientsMax = 100_000;
export const connectMs = 10_000;
export const handshakeMs = 10_000;
/** A subscriber that reads nothing for this long while messages wait for it is cut. */
export const subscriberStallMs = 5_000;
/** A subscriber for which more than this waits is cut. IoT Core sends it 512 KiB/s and drops the rest. */
export const subscriberBacklogBytesMax = 16_777_216;
export const actionAttemptsMax = 3;
/** The wait before each further attempt of a rule's action. */
export const actionWaitMs = 100;
/** The time that one attempt may take. */
export const actionAttemptMs = 5_000;
/** Payloads that wait while the disk is full, of all clients. A publish above that is refused: its connection is closed. */
export const heldBytesMax = 67_108_864;
/** How long a stop waits for publishes that are under way. */
export const stopMs = 3_000;
/** How often sessions and clients that are gone for too long are forgotten. */
export const sweepMs = 60_000;
