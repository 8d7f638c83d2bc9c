import type { APIGatewayProxyResult } from "aws-lambda";
import { Failure } from "#shared/platform/failure.ts";
import { Csv } from "./csv.ts";

/** Every 200 has a JSON body: Particle's clients treat an empty 200 as an error. */
const replyHeaders = {
  "content-type": "application/json; charset=utf-8",
  "access-control-allow-origin": "*",
  "cache-control": "no-store",
  // The console has the same origin: a value of a device must not become a script or a page.
  "x-content-type-options": "nosniff",
} as const;

/** A plain text reply. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A page for a browser, with its content security policy. */
export class Html {
  readonly text: string;
  readonly policy: string;

  constructor(text: string, policy: string) {
    this.text = text;
    this.policy = policy;
  }
}

/** A reply with a status other than the usual one of its route. */
export class Status {
  readonly status: number;
  readonly body: object | undefined;

  constructor(status: number, body?: object) {
    this.status = status;
    this.body = body;
  }
}

/**
 * A reply that sets the cookie of a browser session. Unlike other replies, pages of other origins
 * cannot read it.
 */
export class WithCookie<Body extends object = object> {
  readonly body: Body | Failure;
  /** The value of `Set-Cookie`. */
  readonly cookie: string;

  constructor(body: Body | Failure, cookie: string) {
    this.body = body;
    this.cookie = cookie;
  }
}

/** A reply with the version of its resource, as `ETag`. */
export class Versioned<Body extends object> {
  readonly body: Body;
  readonly version: string;

  constructor(body: Body, version: string) {
    this.body = body;
    this.version = version;
  }
}

/** 204 without a body. */
export const noContent = new Status(204);

/** The HTTP response of an endpoint. `statusCode` is the status unless `body` has another one. */
export const reply = (statusCode: number, body: object): APIGatewayProxyResult => {
  if (body instanceof Status) {
    return body.body
      ? reply(body.status, body.body)
      : { statusCode: body.status, headers, body: "" };
  }
  if (body instanceof WithCookie) {
    const whole =
      body.body instanceof Failure ? failureReply(body.body) : reply(statusCode, body.body);
    const own = Object.entries({ ...whole.headers }).filter(
      ([name]) => name !== "access-control-allow-origin",
    );
    return { ...whole, headers: { ...Object.fromEntries(own), "set-cookie": body.cookie } };
  }
  if (body instanceof Versioned) {
    const plain = reply(statusCode, body.body);
    const tag = { etag: `"${body.version}"`, "access-control-expose-headers": "ETag" };
    return { ...plain, headers: { ...plain.headers, ...tag } };
  }
  if (body instanceof Raw) {
    const type = { "content-type": "text/plain; charset=utf-8" };
    return { statusCode, headers: { ...replyHeaders, ...type }, body: body.text };
  }
  if (body instanceof Csv) {
    const headers = {
      ...replyHeaders,
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${body.fileName}"`,
      ...(body.cursor !== undefined && {
        "x-next-cursor": body.cursor,
        "access-control-expose-headers": "X-Next-Cursor",
      }),
    };
    return { statusCode, headers, body: body.text };
  }
  if (body instanceof Html) {
    const headers = {
      ...replyHeaders,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": body.policy,
      "referrer-policy": "no-referrer",
    };
    return { statusCode, headers, body: body.text };
  }
  return { statusCode, headers: replyHeaders, body: JSON.stringify(body) };
};

const { "content-type": _, ...headers } = replyHeaders;

/** `Retry-After` of a 429 when the time is unknown, for example with a quota of AWS. */
const unknownRetrySeconds = 1;

/** The HTTP response of an expected failure. Every 429 has the header `Retry-After`. */
export const failureReply = (failure: Failure) => {
  const { statusCode, body } = reply(failure.status, failureBody(failure));
  const isThrottled = failure.code === "too_many_requests";
  const { retryAfterSeconds = isThrottled ? unknownRetrySeconds : undefined } = failure;
  const wait = retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) };
  return { statusCode, headers: { ...replyHeaders, ...wait }, body };
};

/** The body of an error, with the fields that Particle's clients read. */
const failureBody = ({ code, publicError, message, details }: Failure): object => ({
  ok: false,
  error: publicError,
  error_description: message,
  // As in Particle's API, if `error` is a sentence of Particle's.
  ...(publicError !== code && publicError !== message && { info: message }),
  ...details,
});
