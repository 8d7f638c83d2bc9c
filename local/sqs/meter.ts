import type { UsageKind, UsageMeter } from "../platform/usageMeter.ts";

/** Payload size of one billed SQS request. https://aws.amazon.com/sqs/pricing/ */
const requestBytes = 65_536;

const kinds: Readonly<Record<string, UsageKind>> = {
  DeleteMessage: "sqsDeletes",
  DeleteMessageBatch: "sqsDeletes",
};

/** Requests that AWS bills for a payload of this size. */
export const billedRequests = (bytes: number): number =>
  Math.max(1, Math.ceil(bytes / requestBytes));

/** Counts a send request with messages of these sizes. */
export const meterSend = (
  usageMeter: UsageMeter,
  { bytes, hasGroup }: { bytes: number; hasGroup: boolean },
): void => {
  usageMeter.add("sqsSends", billedRequests(bytes));
  if (hasGroup) usageMeter.add("sqsGroupSends", 1);
};

/** Counts a receive request with a response of this size. */
export const meterReceive = (usageMeter: UsageMeter, answerBytes: number): void =>
  usageMeter.add("sqsReceives", billedRequests(answerBytes));

/** Counts any other request. */
export const meterOther = (usageMeter: UsageMeter, operation: string): void =>
  usageMeter.add(kinds[operation] ?? "sqsOthers", 1);
