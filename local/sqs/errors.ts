import { RestFailure } from "../http/restFailure.ts";

/**
 * The exception names of the JSON protocol, with the code of the older query protocol where that
 * differs. The AWS SDKs read the latter from the header `x-amzn-query-error`.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
  MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  PurgeQueueInProgress: "AWS.SimpleQueueService.PurgeQueueInProgress",
  UnsupportedOperation: "AWS.SimpleQueueService.UnsupportedOperation",
  InvalidParameterValueException: "InvalidParameterValue",
  MissingParameterException: "MissingParameter",
};

/** The code of the query protocol for an exception of the JSON protocol. */
export const queryCodeOf = (code: string): string => queryCodes[code] ?? code;

/** An error response of SQS to a request that the sender has to change. */
export const sqsFailure = (code: string, message: string): RestFailure =>
  new RestFailure(message, { status: 400, code });

export const queueDoesNotExist = (): RestFailure =>
  sqsFailure("QueueDoesNotExist", "The specified queue does not exist.");

export const invalidValue = (message: string): RestFailure =>
  sqsFailure("InvalidParameterValueException", message);

/** The error for a send when the messages of the region take too much memory. */
export const queuesFull = (): RestFailure =>
  new RestFailure("the queues of this machine are full: try again later", {
    status: 503,
    code: "ServiceUnavailable",
  });

export const missingParameter = (name: string): RestFailure =>
  sqsFailure("MissingParameterException", `The request must contain the parameter ${name}.`);

export const invalidReceiptHandle = (): RestFailure =>
  sqsFailure("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");

export const unsupported = (message: string): RestFailure =>
  sqsFailure("UnsupportedOperation", message);
