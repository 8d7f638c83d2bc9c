import type { APIGatewayProxyResult } from "aws-lambda";
import type { Failure } from "#shared/failure.ts";

/** Every reply is JSON with a body: Particle's clients take an empty 200 for an error. */
export const replyHeaders = {
  "content-type": "application/json; charset=utf-8",
  "access-control-allow-origin": "*",
  "cache-control": "no-store",
} as const;

export const reply = (statusCode: number, body: object): APIGatewayProxyResult =>
  // "No content" is the one success that may be, and has to be, empty.
  statusCode === 204
    ? { statusCode, headers: emptyHeaders, body: "" }
    : { statusCode, headers: replyHeaders, body: JSON.stringify(body) };

const { "content-type": _, ...emptyHeaders } = replyHeaders;

/** What a planned failure answers. */
export const failureReply = (failure: Failure): APIGatewayProxyResult => {
  const { statusCode, headers, body } = reply(failure.status, failureBody(failure));
  const { retryAfterSeconds } = failure;
  const wait = retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) };
  return { statusCode, headers: { ...headers, ...wait }, body };
};

/** All the fields that one or another of Particle's clients looks for. */
export const failureBody = ({ code, message }: Failure): object => ({
  ok: false,
  error: code,
  error_description: message,
});
