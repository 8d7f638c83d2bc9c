import type { IncomingHttpHeaders } from "node:http";
import * as z from "zod";
import { userAgent } from "../http/awsJsonClient.ts";
import type { UsageKind, UsageMeter } from "../platform/usageMeter.ts";

/** A request that SQS or S3 has answered. */
export interface AnsweredRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly answerBytes: number;
}

/** Payload size of one billed SQS request. https://aws.amazon.com/sqs/pricing/ */
const requestBytes = 65_536;

const kindOf: Readonly<Record<string, UsageKind>> = {
  SendMessage: "sqsSends",
  SendMessageBatch: "sqsSends",
  ReceiveMessage: "sqsReceives",
  DeleteMessage: "sqsDeletes",
  DeleteMessageBatch: "sqsDeletes",
};

const message = z.object({ MessageBody: z.string(), MessageGroupId: z.string().optional() });
/** A send of one or several messages; any other body counts as no message. */
const sent = z
  .object({ Entries: z.array(message) })
  .or(message.transform((one) => ({ Entries: [one] })))
  .catch({ Entries: [] });

/** Counts the billable usage of a request. */
export const meterRequest = (usageMeter: UsageMeter, request: AnsweredRequest): void => {
  const action = String(request.headers["x-amz-target"] ?? "").split(".")[1];
  const kind = kindOf[action ?? ""] ?? "sqsOthers";
  if (action === undefined) countObject(usageMeter, request);
  else if (kind === "sqsSends") countSends(usageMeter, request);
  else usageMeter.add(kind, kind === "sqsReceives" ? billed(request.answerBytes) : 1);
};

const countSends = (usageMeter: UsageMeter, { body, headers }: AnsweredRequest): void => {
  const { Entries: messages } = sent.parse(body);
  const sizes = messages.map(({ MessageBody }) => Buffer.byteLength(MessageBody));
  // The rule engine's client batches messages that IoT Core would send one by one.
  const isRuleEngine = headers["user-agent"] === userAgent;
  const requests = isRuleEngine ? sum(sizes.map(billed)) : billed(sum(sizes));
  usageMeter.add("sqsSends", requests);
  if (messages.some(({ MessageGroupId }) => MessageGroupId))
    usageMeter.add("sqsGroupSends", requests);
};

const countObject = (usageMeter: UsageMeter, { method, url }: AnsweredRequest): void => {
  if (method === "PUT" || method === "POST" || url.includes("list-type"))
    usageMeter.add("s3Writes", 1);
  else if (method === "GET" || method === "HEAD") usageMeter.add("s3Reads", 1);
};

const billed = (bytes: number): number => Math.max(1, Math.ceil(bytes / requestBytes));

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** `ReceiveMessage` is not a read: it changes visibility and receive counts. */
const reads: ReadonlySet<string> = new Set([
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "ListQueueTags",
  "ListQueues",
]);

/** Whether a request to SQS or S3 is read-only. An unknown request may write. */
export const isReadRequest = ({
  method,
  headers,
}: {
  method?: string | undefined;
  headers: IncomingHttpHeaders;
}): boolean => {
  const target = headers["x-amz-target"];
  if (target === undefined) return method === "GET" || method === "HEAD";
  return reads.has(String(target).split(".").at(-1) ?? "");
};

/**
 * Whether a request is rejected while the disk is full. A changed visibility timeout is admitted,
 * and its response waits: otherwise a message that a function left in the queue because the disk is
 * full stays invisible for minutes after there is space. Its number is bounded by the messages that
 * were received before.
 */
export const needsDiskSpace = (request: Parameters<typeof isReadRequest>[0]): boolean => {
  const action = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
  return !isReadRequest(request) && !action.startsWith("ChangeMessageVisibility");
};
