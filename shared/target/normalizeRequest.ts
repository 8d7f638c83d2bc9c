import { Failure } from "../platform/failure.ts";
import { quoted } from "../platform/quoted.ts";
import type { TargetRequest } from "./target.ts";
import { targetUrl } from "./targetUrl.ts";

/** The HTTP client sets these headers. Those of an integration are ignored. */
const clientHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Normalizes a request: header names in lower case, without headers that the HTTP client sets, and
 * header values without surrounding spaces. All texts are sent as UTF-8. Idempotent. Fails with
 * `invalid_request` if it is not a valid HTTP request.
 */
export const normalizeRequest = (request: TargetRequest): TargetRequest => {
  targetUrl(request.url);
  const headers: [string, string][] = [["accept-encoding", "identity"]];
  for (const [given, text] of Object.entries(request.headers)) {
    const name = given.toLowerCase();
    if (clientHeaders.has(name)) continue;
    const value = trimmed(text).toWellFormed();
    const wrong = headerNameProblem(name) ?? headerValueProblem(name, value);
    if (wrong !== undefined) throw unsendable(wrong);
    headers.push([name, value]);
  }
  return {
    ...request,
    headers: Object.fromEntries(headers),
    ...(request.body !== undefined && { body: request.body.toWellFormed() }),
  };
};

/** Trims spaces and tabs in linear time: a value may be as long as an event's data. */
const trimmed = (value: string): string => {
  const isBlank = (at: number): boolean => value[at] === " " || value[at] === "\t";
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return value.slice(start, end);
};

const unsendable = (why: string): Failure =>
  new Failure(`no request can be made: ${why}`, { code: "invalid_request" });

/**
 * Returns why a header name is invalid, or `undefined` if it is valid. RFC 9110, 5.1: a name is a
 * token.
 */
export const headerNameProblem = (name: string): string | undefined =>
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
    ? undefined
    : `${quoted(name)} is not a valid header name`;

/**
 * Returns why a header value is invalid, or `undefined` if it is valid. RFC 9110, 5.5: no control
 * characters except tab.
 */
export const headerValueProblem = (name: string, value: string): string | undefined => {
  const control = controlCodeIn(value);
  if (control === undefined) return undefined;
  const hex = control.toString(16).toUpperCase().padStart(4, "0");
  return `the value of the header ${quoted(name)} has the control character U+${hex}, which HTTP does not allow`;
};

const controlCodeIn = (text: string): number | undefined => {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return code;
  }
  return undefined;
};
