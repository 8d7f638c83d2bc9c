import type { ApiRequest } from "./apiRequest.ts";

/** Text in single quotes, for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** JSON in ASCII: pasted into a terminal, no character of it has an effect. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The command that sends a request to its URL, with an access token unless it needs none. */
export const curlOf = (url: URL, request: ApiRequest, { isPublic = false } = {}): string => {
  const { method, body, headers = {} } = request;
  const lines = [
    `curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url.href)}`,
    ...(isPublic ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d ${quoted(asciiJson(body))}`]),
  ];
  return lines.join(" \\\n  ");
};
