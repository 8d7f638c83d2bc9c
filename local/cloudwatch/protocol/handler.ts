import { gunzipSync } from "node:zlib";
import type { AwsHandler, AwsRequest, AwsResponse } from "../../http/awsRequest.ts";
import type { RestFailure } from "../../http/restFailure.ts";
import type { Access } from "../../iam/access.ts";
import { AccessDenied } from "../../iam/accessDenied.ts";
import { cloudWatchPermissions } from "../../iam/permission/cloudwatch.ts";
import { bodyBytesMax } from "../limits.ts";
import { codecOf } from "./codec.ts";
import { invalidParameter, unknownOperation } from "./errors.ts";
import { isOperation, type OperationName, parseInput } from "./inputs.ts";
import { cloudWatchOperations, type OperationDeps } from "./operations.ts";

/**
 * Answers requests in the protocols AWS JSON 1.0 and Smithy RPC v2 CBOR, which the AWS SDKs use for
 * CloudWatch.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/making-api-requests.html
 */
export const cloudWatchHandler = ({
  access,
  ...deps
}: OperationDeps & { access: Access | undefined }): AwsHandler => {
  const operations = cloudWatchOperations(deps);
  const permissionsOf = cloudWatchPermissions(deps);
  const run = <Name extends OperationName>(name: Name, body: unknown): object | Promise<object> =>
    operations[name](parseInput(name, body));
  return async (request) => {
    const codec = codecOf(request);
    const name = codec.operationOf(request);
    if (!isOperation(name)) throw unknownOperation(name);
    const body = codec.decode(bodyOf(request));
    if (request.roleKey !== undefined) {
      access?.authorize(request.roleKey, permissionsOf(name, body));
    }
    const output = await run(name, body);
    return { status: 200, headers: codec.headers, body: codec.encode(output) };
  };
};

/** SDKs compress large requests of `PutMetricData`. */
const bodyOf = ({ headers, body }: AwsRequest): Buffer => {
  if (headers["content-encoding"] !== "gzip") return body;
  try {
    return gunzipSync(body, { maxOutputLength: bodyBytesMax });
  } catch {
    throw invalidParameter(`The body is not valid gzip, or larger than ${bodyBytesMax} bytes.`);
  }
};

/** Whether the depth of a request's body can be checked: it is JSON that is not compressed. */
export const isPlainJson = ({ headers }: Pick<AwsRequest, "headers">): boolean =>
  headers["smithy-protocol"] === undefined && headers["content-encoding"] === undefined;

/** A failure as CloudWatch sends it: with the code of the older query protocol. */
export const cloudWatchErrorResponse = (failure: RestFailure, request: AwsRequest): AwsResponse => {
  const { status, code, message } = failure;
  const codec = codecOf(request);
  const queryCode = failure instanceof AccessDenied ? "AccessDenied" : code;
  return {
    status,
    headers: {
      ...codec.headers,
      "x-amzn-errortype": code,
      "x-amzn-query-error": `${queryCode};${status < 500 ? "Sender" : "Receiver"}`,
    },
    body: codec.encode({ __type: `com.amazonaws.cloudwatch#${code}`, message }),
  };
};
