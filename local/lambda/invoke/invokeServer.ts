import { type AwsService, startAwsService } from "../../http/awsService.ts";
import { notFound, RestFailure } from "../../http/restFailure.ts";
import {
  RestReply,
  type RestRequest,
  type RestRoute,
  restError,
  restHandler,
} from "../../http/restHandler.ts";
import type { Credentials } from "../../http/signature.ts";
import type { Access } from "../../iam/access.ts";
import type { Log } from "../../platform/log.ts";
import { FunctionError, FunctionNotFound, ThrottledError } from "../errors.ts";
import type { Lambda } from "../lambda.ts";
import { payloadBytesMax } from "../limits.ts";

type Functions = Pick<Lambda, "invokeForText" | "invokeAsync">;

export interface InvokeServerOptions {
  readonly lambda: Functions;
  readonly region: string;
  readonly account: string;
  /** The roles that may invoke functions; by default only the account's owner may. */
  readonly access?: Access | undefined;
  readonly credentials: Credentials;
  readonly log: Log;
}

/**
 * Starts Lambda's HTTP API, for the SDK's Lambda client with the credentials of this start and for
 * functions with those of their role, on any free port of 127.0.0.1. It supports only `Invoke`,
 * without log tails and versions. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const startInvokeServer = async (options: InvokeServerOptions): Promise<AwsService> => {
  const { lambda, region, account, access, credentials, log } = options;
  const routes: RestRoute[] = [
    {
      method: "POST",
      path: "/2015-03-31/functions/{functionName}/invocations",
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
      permissions: ({ params: { functionName = "" } }) => [
        {
          action: "lambda:InvokeFunction",
          resource: functionName.startsWith("arn:")
            ? functionName
            : `arn:aws:lambda:${region}:${account}:function:${functionName}`,
        },
      ],
      answer: (request) => invoke(request, lambda),
    },
  ];
  return await startAwsService({
    region,
    signers: { credentials, roles: access, region, services: ["lambda"] },
    bodyBytesMax: payloadBytesMax,
    errorResponse: restError,
    handler: restHandler({ routes, access }),
    log,
  });
};

const invoke = async (
  { params, headers, body }: RestRequest,
  lambda: Functions,
): Promise<RestReply> => {
  const { functionName = "" } = params;
  const event = eventIn(body);
  const type = headers["x-amz-invocation-type"] ?? "RequestResponse";
  try {
    switch (type) {
      case "RequestResponse":
        return invocationReply(await lambda.invokeForText(functionName, event));
      case "Event":
        lambda.invokeAsync(functionName, event);
        return new RestReply("", { status: 202 });
      default:
        throw invocationFailure(
          "InvalidParameterValueException",
          `unsupported invocation type: ${type}`,
        );
    }
  } catch (error) {
    return errorReply(error);
  }
};

const eventIn = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invocationFailure("InvalidRequestContentException", "the payload is not JSON");
  }
};

const invocationFailure = (code: string, message: string): RestFailure =>
  new RestFailure(message, { status: 400, code });

const version = { "x-amz-executed-version": "$LATEST" };

const invocationReply = (text: string): RestReply => new RestReply(text, { headers: version });

/** The invocation succeeds when the function ran, whatever its result. */
const errorReply = (error: unknown): RestReply => {
  if (error instanceof FunctionError) {
    const headers = { ...version, "x-amz-function-error": "Unhandled" };
    return new RestReply(JSON.stringify(error.report), { headers });
  }
  if (error instanceof FunctionNotFound) throw notFound(error.message);
  if (error instanceof ThrottledError) {
    throw new RestFailure(error.message, { status: 429, code: error.name });
  }
  if (error instanceof RangeError) {
    throw new RestFailure(error.message, { status: 413, code: "RequestTooLargeException" });
  }
  throw error;
};
