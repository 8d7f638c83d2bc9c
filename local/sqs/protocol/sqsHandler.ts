import type { AwsHandler, AwsRequest, AwsResponse } from "../../http/awsRequest.ts";
import { requireDiskSpace } from "../../http/requireDiskSpace.ts";
import { invalidRequest, type RestFailure } from "../../http/restFailure.ts";
import { AccessDenied } from "../../iam/accessDenied.ts";
import type { Authorize } from "../../iam/authorize.ts";
import type { Cancellation } from "../../platform/cancellation.ts";
import type { DiskSpace } from "../../state/diskSpace.ts";
import { queryCodeOf, sqsFailure } from "../errors.ts";
import { meterOther, meterReceive } from "../meter.ts";
import { isOperation, type OperationName, parseInput } from "./inputs.ts";
import { type OperationDeps, sqsOperations } from "./operations.ts";

const prefix = "AmazonSQS.";

/** `ReceiveMessage` is not a read: it changes visibility and receive counts. */
const reads: ReadonlySet<OperationName> = new Set([
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "ListMessageMoveTasks",
  "ListQueueTags",
  "ListQueues",
]);

/**
 * Operations that write nothing. A function that cannot write leaves its messages in the queue and
 * shortens their visibility timeout, so this succeeds while the disk is full.
 */
const needNoSpace: ReadonlySet<OperationName> = new Set([
  ...reads,
  "ChangeMessageVisibility",
  "ChangeMessageVisibilityBatch",
]);

/** Operations whose response waits for no write: the loss of a receive count is harmless. */
const unstored: ReadonlySet<OperationName> = new Set([...needNoSpace, "ReceiveMessage"]);

const sends: ReadonlySet<OperationName> = new Set(["SendMessage", "SendMessageBatch"]);

/**
 * Answers requests in the AWS JSON protocol of SQS. A response to a change is sent when the change
 * is stored, except for sends that are ordered before the deletion of their cause.
 */
export const sqsHandler = ({
  authorize,
  space,
  ...deps
}: OperationDeps & { authorize: Authorize; space: DiskSpace }): AwsHandler => {
  const { log, usageMeter } = deps;
  const operations = sqsOperations(deps);
  const run = <Name extends OperationName>(
    name: Name,
    body: unknown,
    client: Cancellation | undefined,
  ): object | Promise<object> => operations[name](parseInput(name, body), client);

  const answer = (
    request: AwsRequest,
    name: OperationName,
    client: Cancellation | undefined,
  ): AwsResponse | Promise<AwsResponse> => {
    const { body: bytes, roleKey, isOrdered } = request;
    const body: unknown = bytes.length === 0 ? {} : JSON.parse(bytes.toString());
    authorize(roleKey, name, body);
    const isSend = sends.has(name);
    const isUnstored = isSend && isOrdered === true;
    const complete = (result: object): AwsResponse => {
      const text = JSON.stringify(result);
      if (name === "ReceiveMessage") meterReceive(usageMeter, Buffer.byteLength(text));
      else if (!isSend) meterOther(usageMeter, name);
      const response = { status: 200, headers: { "content-type": contentType }, body: text };
      return isUnstored ? { ...response, isUnstored } : response;
    };
    const result = run(name, body, client);
    if (result instanceof Promise) return result.then(complete);
    const response = complete(result);
    if (isUnstored || unstored.has(name)) return response;
    return log.stored().then(() => response);
  };

  return (request, client) => {
    const name = operationOf(request);
    if (!space.isFull || needNoSpace.has(name)) return answer(request, name, client);
    return requireDiskSpace(space).then(() => answer(request, name, client));
  };
};

const contentType = "application/x-amz-json-1.0";

const operationOf = ({ headers }: AwsRequest): OperationName => {
  const target = headers["x-amz-target"];
  if (target === undefined) {
    throw invalidRequest(
      "the query protocol of older SDKs is not supported: use an SDK that sends JSON with x-amz-target",
    );
  }
  const name = target.startsWith(prefix) ? target.slice(prefix.length) : "";
  if (isOperation(name)) return name;
  throw sqsFailure("UnsupportedOperation", `The operation ${target} is not supported here.`);
};

/** A failure as SQS sends it. */
export const sqsErrorResponse = (failure: RestFailure): AwsResponse =>
  failure instanceof AccessDenied ? deniedResponse(failure) : failureResponse(failure);

/** SQS writes its actions in lower case. */
const deniedResponse = ({
  status,
  code,
  message,
  denial: { action },
}: AccessDenied): AwsResponse => ({
  status,
  headers: {
    "content-type": contentType,
    "x-amzn-errortype": code,
    "x-amzn-query-error": "AccessDenied;Sender",
  },
  body: JSON.stringify({
    __type: `com.amazon.coral.service#${code}`,
    message: message.replaceAll(action, action.toLowerCase()),
  }),
});

const failureResponse = ({ status, code, message }: RestFailure): AwsResponse => ({
  status,
  headers: {
    "content-type": contentType,
    "x-amzn-errortype": code,
    "x-amzn-query-error": `${queryCodeOf(code)};${status < 500 ? "Sender" : "Receiver"}`,
  },
  body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }),
});
