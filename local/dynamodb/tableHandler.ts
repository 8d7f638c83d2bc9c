import type { AwsHandler, AwsRequest, AwsResponse } from "../http/awsRequest.ts";
import { requireDiskSpace } from "../http/requireDiskSpace.ts";
import { AccessDenied } from "../iam/accessDenied.ts";
import type { Authorize } from "../iam/authorize.ts";
import type { UsageMeter } from "../platform/usageMeter.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import { DynamoError, serializationError } from "./dynamoError.ts";
import { isWriteOperation, type TableEngine } from "./engine.ts";
import { meterRequest } from "./meterRequest.ts";

interface HandlerDeps {
  /** Fails with an `AccessDenied` unless the role may run an operation with an input. */
  readonly authorize: Authorize;
  readonly usageMeter: UsageMeter;
  readonly space: DiskSpace;
}

const target = /^DynamoDB_20120810\.(\w+)$/;

/** Answers requests in DynamoDB's protocol, and counts their capacity units. */
export const tableHandler =
  (engine: TableEngine, { authorize, usageMeter, space }: HandlerDeps): AwsHandler =>
  async (request) => {
    const { headers, body } = request;
    const [, operation = ""] = target.exec(headers["x-amz-target"] ?? "") ?? [];
    if (isWriteOperation(operation)) await requireDiskSpace(space);
    const response = await answer(engine, operation, { request, authorize });
    meterRequest(usageMeter, {
      operation,
      requestBytes: body.length,
      answerBytes: Buffer.byteLength(response.body),
    });
    return response;
  };

const answer = async (
  engine: TableEngine,
  operation: string,
  { request: { body, roleKey }, authorize }: { request: AwsRequest; authorize: Authorize },
): Promise<AwsResponse> => {
  try {
    const input = parse(body);
    authorize(roleKey, operation, input);
    const output = await engine.execute(operation, input);
    return { status: 200, headers: type, body: JSON.stringify(output) };
  } catch (error) {
    if (error instanceof AccessDenied) return deniedResponse(error);
    if (!(error instanceof DynamoError)) throw error;
    const { code, message, fields } = error;
    return {
      status: 400,
      headers: { ...type, "x-amzn-errortype": code },
      body: JSON.stringify({ __type: `${namespaceOf(code)}#${code}`, message, ...fields }),
    };
  }
};

const deniedResponse = ({ code, message }: AccessDenied): AwsResponse => ({
  status: 400,
  headers: { ...type, "x-amzn-errortype": code },
  body: JSON.stringify({ __type: `com.amazon.coral.service#${code}`, Message: message }),
});

const type = { "content-type": "application/x-amz-json-1.0" };

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw serializationError("the request body is not JSON");
  }
};

/** As in DynamoDB's responses. Clients ignore it. */
const namespaceOf = (code: string): string =>
  code === "ValidationException" || code === "SerializationException"
    ? "com.amazon.coral.validate"
    : "com.amazonaws.dynamodb.v20120810";
