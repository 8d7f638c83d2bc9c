import type { ApiRequest } from "./apiRequest.ts";

/** Text in single quotes, for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** JSON in ASCII: pasted into a terminal, no character of it has an effect. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Text for a terminal: other characters than printable ASCII become a question mark. */
const ascii = (text: string): string => text.replace(/[^ -~\n]/g, "?");

/** A name of a file without the characters that `curl -F` interprets. */
const fileOf = (name: string): string => ascii(name).replace(/[;,"\\\n]/g, "_");

/** The command that sends a request to its URL, with an access token unless it needs none. */
export const curlOf = (url: URL, request: ApiRequest, { isPublic = false } = {}): string => {
  const { method, body, form, headers = {} } = request;
  const lines = [
    `curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url.href)}`,
    ...(isPublic ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(form === undefined
      ? []
      : [
          `-F ${quoted(`file=@${fileOf(form.file)}`)}`,
          ...Object.entries(form.fields).map(
            // `-F` would read a file whose name is in a value that begins with @ or <.
            ([name, value]) => `--form-string ${quoted(`${name}=${ascii(value)}`)}`,
          ),
        ]),
    ...(body === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d ${quoted(asciiJson(body))}`]),
  ];
  return lines.join(" \\\n  ");
};
