import { type Permission, type Place, textMember, UnknownAction } from "./permission.ts";

/** Operations on the queue of the member `QueueUrl`, with their actions. */
const onQueue: Readonly<Record<string, string>> = {
  ChangeMessageVisibility: "ChangeMessageVisibility",
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
  DeleteMessage: "DeleteMessage",
  DeleteMessageBatch: "DeleteMessage",
  DeleteQueue: "DeleteQueue",
  GetQueueAttributes: "GetQueueAttributes",
  ListDeadLetterSourceQueues: "ListDeadLetterSourceQueues",
  ListQueueTags: "ListQueueTags",
  PurgeQueue: "PurgeQueue",
  ReceiveMessage: "ReceiveMessage",
  SendMessage: "SendMessage",
  SendMessageBatch: "SendMessage",
  SetQueueAttributes: "SetQueueAttributes",
  TagQueue: "TagQueue",
  UntagQueue: "UntagQueue",
};

/** Operations on the queue with the name of the member `QueueName`. */
const onName: ReadonlySet<string> = new Set(["CreateQueue", "GetQueueUrl"]);

/** Operations on the queue of the member `SourceArn`. */
const onSource: ReadonlySet<string> = new Set(["ListMessageMoveTasks", "StartMessageMoveTask"]);

/**
 * The permissions that an operation of SQS needs. A batch needs the action of its entries.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
export const sqsPermissions = ({ region, account }: Place) => {
  const prefix = `arn:aws:sqs:${region}:${account}:`;
  return (operation: string, input: unknown): Permission[] => {
    const action = `sqs:${onQueue[operation] ?? operation}`;
    if (operation in onQueue) {
      return [{ action, resource: `${prefix}${nameIn(textMember(input, "QueueUrl"))}` }];
    }
    if (onName.has(operation)) {
      return [{ action, resource: `${prefix}${textMember(input, "QueueName")}` }];
    }
    if (onSource.has(operation)) return [{ action, resource: textMember(input, "SourceArn") }];
    // The handle of a task names its queue only to SQS.
    if (operation === "CancelMessageMoveTask") return [{ action, resource: `${prefix}*` }];
    if (operation === "ListQueues") return [{ action, resource: "*" }];
    throw new UnknownAction("SQS", operation);
  };
};

/** The name at the end of a queue's URL. */
const nameIn = (url: string): string => url.slice(url.lastIndexOf("/") + 1);
