import type { ServerResponse } from "node:http";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { FunctionError, ThrottledError } from "../lambda/errors.ts";
import type { Lambda } from "../lambda/lambda.ts";
import type { Integration } from "./api.ts";
import { GatewayError } from "./gatewayError.ts";
import { type HttpReply, parseResponse } from "./httpReply.ts";
import { StreamReply } from "./streamReply.ts";

type FunctionIntegration = Extract<Integration, { kind: "function" }>;

/** The Lambda operations that the gateway uses. */
export type Functions = Pick<Lambda, "invokeForText" | "invokeForStream">;

/**
 * Invokes a function and resolves with its complete response. Fails with a `GatewayError`. A
 * function that exceeds the timeout continues to run, as on AWS.
 */
export const invokeBuffered = async (
  functions: Functions,
  { functionArn, timeoutMs }: FunctionIntegration,
  event: APIGatewayProxyEvent,
): Promise<HttpReply> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new GatewayError("timeout")), timeoutMs);
  try {
    const invocation = functions.invokeForText(functionArn, event);
    return parseResponse(await Promise.race([invocation, late.promise]));
  } catch (error) {
    throw toGatewayError(error);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Invokes a function and streams its response. Fails with a `GatewayError` only before the first
 * byte is sent.
 */
export const invokeStreaming = async (
  functions: Functions,
  { functionArn, timeoutMs }: FunctionIntegration,
  { event, response }: { event: APIGatewayProxyEvent; response: ServerResponse },
): Promise<void> => {
  const reply = new StreamReply(response, timeoutMs);
  try {
    const invocation = functions.invokeForStream(functionArn, event, reply);
    await Promise.race([invocation, reply.cut]);
    reply.end();
  } catch (error) {
    if (!reply.hasBegun) throw toGatewayError(error);
    // A closed connection is the only way to tell the client that the response is incomplete.
    response.destroy();
  } finally {
    reply.close();
  }
};

const toGatewayError = (error: unknown): unknown => {
  if (error instanceof FunctionError) return new GatewayError("invalidResponse", { cause: error });
  if (error instanceof ThrottledError) return new GatewayError("lambdaThrottled", { cause: error });
  // The event is slightly larger than the request and exceeds Lambda's limit.
  if (error instanceof RangeError) return new GatewayError("tooLarge", { cause: error });
  return error;
};
