import type { ServerResponse } from "node:http";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { FunctionError, ThrottledError } from "../lambda/errors.ts";
import type { Lambda } from "../lambda/lambda.ts";
import type { Integration } from "./api.ts";
import { GatewayError } from "./gatewayError.ts";
import { type HttpReply, parseResponse } from "./httpReply.ts";
import { StreamReply } from "./streamReply.ts";

type FunctionIntegration = Extract<Integration, { kind: "function" }>;

/** What the gateway needs of Lambda. */
export type Functions = Pick<Lambda, "invokeForText" | "invokeForStream">;

/**
 * Asks a function and waits for all of its answer. Fails with a `GatewayError`. A function that is too
 * late runs on, as on AWS.
 */
export const invokeBuffered = async (
  functions: Functions,
  { functionArn, timeoutMs }: FunctionIntegration,
  event: APIGatewayProxyEvent,
): Promise<HttpReply> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new GatewayError("timeout")), timeoutMs);
  try {
    const answering = functions.invokeForText(functionArn, event);
    return parseResponse(await Promise.race([answering, late.promise]));
  } catch (error) {
    throw toGatewayError(error);
  } finally {
    clearTimeout(timer);
  }
};

/** Asks a function and passes its answer on while it comes. Fails with a `GatewayError` only before that. */
export const invokeStreaming = async (
  functions: Functions,
  { functionArn, timeoutMs }: FunctionIntegration,
  { event, response }: { event: APIGatewayProxyEvent; response: ServerResponse },
): Promise<void> => {
  const reply = new StreamReply(response, timeoutMs);
  try {
    const answering = functions.invokeForStream(functionArn, event, reply);
    await Promise.race([answering, reply.cut]);
    reply.end();
  } catch (error) {
    if (!reply.hasBegun) throw toGatewayError(error);
    // The client cannot be told otherwise that this was not the end.
    response.destroy();
  } finally {
    reply.close();
  }
};

const toGatewayError = (error: unknown): unknown => {
  if (error instanceof FunctionError) return new GatewayError("badAnswer", { cause: error });
  if (error instanceof ThrottledError) return new GatewayError("noEnvironment", { cause: error });
  // More than Lambda takes: the event is a little larger than the request.
  if (error instanceof RangeError) return new GatewayError("tooLarge", { cause: error });
  return error;
};
