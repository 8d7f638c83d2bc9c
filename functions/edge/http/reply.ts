import type { APIGatewayProxyResult } from "aws-lambda";
import type { Failure } from "#shared/platform/failure.ts";

/** Every reply is JSON with a body: Particle's clients take an empty 200 for an error. */
const replyHeaders = {
  "content-type": "application/json; charset=utf-8",
  "access-control-allow-origin": "*",
  "cache-control": "no-store",
} as const;

/** An answer that is a bare text, for who asked for that. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An answer with a status of its own. */
export class Status {
  readonly status: number;
  readonly body: object | undefined;

  constructor(status: number, body?: object) {
    this.status = status;
    this.body = body;
  }
}

/** It is done, and there is nothing to say. */
export const noContent = new Status(204);

export const reply = (statusCode: number, body: object): APIGatewayProxyResult => {
  if (body instanceof Status) {
    return body.body
      ? reply(body.status, body.body)
      : { statusCode: body.status, headers, body: "" };
  }
  if (body instanceof Raw) {
    const type = { "content-type": "text/plain; charset=utf-8" };
    return { statusCode, headers: { ...replyHeaders, ...type }, body: body.text };
  }
  return { statusCode, headers: replyHeaders, body: JSON.stringify(body) };
};

const { "content-type": _, ...headers } = replyHeaders;

/** What a planned failure answers. */
export const failureReply = (failure: Failure) => {
  const { statusCode, body } = reply(failure.status, failureBody(failure));
  const { retryAfterSeconds } = failure;
  const wait = retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) };
  return { statusCode, headers: { ...replyHeaders, ...wait }, body };
};

/** All the fields that one or another of Particle's clients looks for. */
const failureBody = ({ code, publicError, message, details }: Failure): object => ({
  ok: false,
  error: publicError,
  error_description: message,
  // Particle has the sentence there when `error` has its words.
  ...(publicError !== code && publicError !== message && { info: message }),
  ...details,
});
