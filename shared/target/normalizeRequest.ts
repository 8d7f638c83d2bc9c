import { Failure } from "../platform/failure.ts";
import { hostNameCharsMax, hostNameLabelCharsMax } from "./limits.ts";
import type { TargetRequest } from "./target.ts";

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
  const problem = urlProblem(request.url);
  if (problem !== undefined) throw unsendable(`the URL ${problem}`);
  const headers = Object.entries(request.headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), trimmed(value).toWellFormed()])
    .filter(([name]) => !clientHeaders.has(name));
  for (const [name, value] of headers) {
    const wrong = headerNameProblem(name) ?? headerValueProblem(name, value);
    if (wrong !== undefined) throw unsendable(wrong);
  }
  return {
    ...request,
    headers: { "accept-encoding": "identity", ...Object.fromEntries(headers) },
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

/** Returns why a URL cannot be used, or `undefined` if it can. */
export const urlProblem = (text: string): string | undefined => {
  const url = URL.parse(text);
  if (url === null) return `${quoted(text)} is not valid`;
  if (!/^https?:$/.test(url.protocol)) return `${quoted(text)} is not an http or https URL`;
  if (url.username !== "" || url.password !== "") {
    return "contains a user name or password: use auth";
  }
  if (url.port === "0") return `${quoted(text)} has port 0`;
  return isHostName(url.hostname) ? undefined : `${quoted(text)} has an invalid host name`;
};

/** An IP address, or a name whose length and labels DNS allows. RFC 1035, 2.3.4. */
const isHostName = (host: string): boolean => {
  const labels = host.replace(/\.$/, "").split(".");
  return (
    host.startsWith("[") ||
    (host.length <= hostNameCharsMax &&
      labels.every((label) => label !== "" && label.length <= hostNameLabelCharsMax))
  );
};

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

const quotedCharsMax = 100;

const quoted = (text: string): string =>
  JSON.stringify(text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text);
