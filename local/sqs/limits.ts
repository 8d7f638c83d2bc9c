/**
 * Quotas of SQS. The unit is last in each name.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */

/** Maximum entries of a batch request. */
export const batchEntriesMax = 10;
/** Maximum size of a message with its attributes, and of all messages of a batch. */
export const messageBytesMax = 1_048_576;
/** Maximum message attributes of a message. */
export const messageAttributesMax = 10;
/** Maximum messages that one `ReceiveMessage` returns. */
export const receiveMessagesMax = 10;
/** Maximum time that `ReceiveMessage` waits for a message. */
export const receiveWaitSecondsMax = 20;
export const delaySecondsMax = 900;
export const visibilitySecondsMax = 43_200;
export const retentionSecondsMin = 60;
export const retentionSecondsMax = 1_209_600;
/** Maximum length of a message group's id. */
export const groupCharsMax = 128;
/** Maximum length of the name and of the type of a message attribute. */
export const attributeNameCharsMax = 256;
/** Maximum length of a queue's policy. */
export const policyBytesMax = 8_192;
/** Maximum tags of a queue, and length of their keys and values. */
export const tagsMax = 50;
export const tagKeyCharsMax = 128;
export const tagValueCharsMax = 256;
/** Maximum messages of a queue that are in flight. */
export const inFlightMessagesMax = 120_000;
/** Maximum length of a queue's name. */
export const queueNameCharsMax = 80;

/** Maximum length of a request's body: a batch of the maximum size with escaped characters. */
export const requestBytesMax = 11_534_336;
/** Maximum long polls of a queue. A further one replaces none and fails. */
export const longPollsMax = 10_000;
/** Maximum queues of a region. */
export const queuesMax = 10_000;
/**
 * Memory of all messages of a region, as a fraction of the maximum heap. A further send fails: SQS
 * itself has no limit.
 */
export const queuedHeapFraction = 0.4;
/** Estimated memory of a message whose content is stored. */
export const messageOverheadBytes = 300;
/** Estimated memory of a message's content without its body and attributes. */
export const contentOverheadBytes = 200;
/** Estimated memory of a message attribute without its texts. */
export const messageAttributeBytes = 150;
/** Memory of the stored contents that are also held in memory. */
export const heldContentBytesMax = 8_388_608;
/** The part of them that stays in memory when there are too many. */
export const keptContentFraction = 0.75;
/** Interval of the search for messages that are older than the retention period. */
export const expireEveryMs = 10_000;
/**
 * Time after a start in which no message is deleted for its age. Messages whose retention period
 * ended while the cloud was not running, or by a wrong clock, are received first.
 */
export const expiryPauseMs = 3_600_000;
/** Maximum messages of a queue that one search for expired messages deletes. */
export const expiredMessagesMax = 10_000;
/** Time since the last request or message after which a queue has no metrics. */
export const activeMs = 21_600_000;
/** Receives after which an undeleted message does not count in the age of the oldest message. */
export const poisonReceives = 3;
