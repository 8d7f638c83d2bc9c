/** Maximum MQTT payload of IoT Core. */
export const eventDataBytesMax = 131_072;

/** Maximum topic length of IoT Core. */
export const topicBytesMax = 256;

/** Maximum number of slashes in a topic of IoT Core, without a basic-ingest prefix. */
export const topicSlashesMax = 7;

/** Maximum delay of an SQS message. Longer delays are rows in a table. */
export const queueDelaySecondsMax = 900;

/** Maximum number of entries, and of bytes, in one SQS batch. */
export const queueBatchMax = 10;

export const queueBatchBytesMax = 1_048_576;

/**
 * `maxReceiveCount` of the queues. It is the maximum of SQS, because an unavailable database must
 * not dead-letter messages; functions dead-letter malformed messages at once.
 */
export const receivesMax = 1_000;

/** Maximum page size of an S3 list. */
export const recoverPageMax = 1_000;
