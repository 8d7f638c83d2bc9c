/** IoT Core takes no larger MQTT payload. */
export const eventDataBytesMax = 131_072;

/** IoT Core takes no longer topic. */
export const topicBytesMax = 256;

/** IoT Core takes no deeper topic, a basic-ingest prefix not counted. */
export const topicSlashesMax = 7;

/** SQS delays a message by no more than this; what waits longer waits in a table. */
export const queueDelaySecondsMax = 900;

/** SQS takes no more entries, nor more bytes, in one batch. */
export const queueBatchMax = 10;

export const queueBatchBytesMax = 1_048_576;

/**
 * How often a function may see a message before the queue gives it up. High, because a database
 * that is down is no reason to give up: a message that cannot be read is put aside by the function
 * at once. SQS takes no more.
 */
export const receivesMax = 1_000;

/** S3 lists no more at once. */
export const recoverPageMax = 1_000;
