import { gunzipSync } from "node:zlib";
import type { AwsHandler, AwsRequest, AwsResponse } from "../../http/awsRequest.ts";
import type { RestFailure } from "../../http/restFailure.ts";
import type { Access } from "../../iam/access.ts";
import { AccessDenied } from "../../iam/accessDenied.ts";
import { cloudWatchPermissions } from "../../iam/permission/cloudwatch.ts";
import { bodyBytesMax } from "../limits.ts";
import { unknownOperation } from "./errors.ts";
import { isOperation, type OperationName, parseInput } from "./inputs.ts";
import { cloudWatchOperations, type OperationDeps } from "./operations.ts";

const prefix = "GraniteServiceVersion20100801.";

/**
 * Answers requests in the AWS JSON 1.0 protocol of CloudWatch, which the AWS SDK for JavaScript
 * uses. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/making-api-requests.html
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
    const name = operationOf(request);
    const body: unknown = JSON.parse(bodyOf(request).toString() || "{}");
    if (request.roleKey !== undefined) {
      access?.authorize(request.roleKey, permissionsOf(name, body));
    }
    return {
      status: 200,
      headers: { "content-type": contentType },
      body: json(await run(name, body)),
    };
  };
};

const contentType = "application/x-amz-json-1.0";

const operationOf = ({ headers }: AwsRequest): OperationName => {
  const target = headers["x-amz-target"] ?? "";
  const name = target.startsWith(prefix) ? target.slice(prefix.length) : target;
  if (isOperation(name)) return name;
  throw unknownOperation(name);
};

/** SDKs compress large requests of `PutMetricData`. */
const bodyOf = ({ headers, body }: AwsRequest): Buffer =>
  headers["content-encoding"] === "gzip"
    ? gunzipSync(body, { maxOutputLength: bodyBytesMax })
    : body;

/** JSON of the protocol: times are seconds since 1970. */
const json = (output: object): string =>
  JSON.stringify(output, function (this: unknown, key: string, value: unknown) {
    const given: unknown =
      typeof this === "object" && this !== null ? Reflect.get(this, key) : value;
    return given instanceof Date ? given.getTime() / 1_000 : value;
  });

/** A failure as CloudWatch sends it: with the code of the older query protocol. */
export const cloudWatchErrorResponse = (failure: RestFailure): AwsResponse => {
  const { status, code, message } = failure;
  const isDenied = failure instanceof AccessDenied;
  return {
    status,
    headers: {
      "content-type": contentType,
      "x-amzn-errortype": code,
      "x-amzn-query-error": `${isDenied ? "AccessDenied" : code};${status < 500 ? "Sender" : "Receiver"}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.cloudwatch#${code}`, message }),
  };
};
