import { Failure } from "#shared/platform/failure.ts";

/**
 * Reads the parts of a multipart form by name; the value of a file is its text. RFC 7578. API
 * Gateway decodes every body as UTF-8, so only text files are supported.
 *
 * `Response#formData` is not used: the first call loads undici (50 to 90 ms in Lambda's Node.js
 * 24), and Node.js 20 refuses preambles, epilogues and unquoted names, which RFC 2046 allows.
 */
export const readParts = (text: string, contentType: string): [name: string, value: string][] => {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw unreadable("it has no boundary");
  // The preamble and the epilogue are ignored. RFC 2046, 5.1.1.
  const [, ...pieces] = `\r\n${text}`.split(`\r\n--${boundary}`);
  const end = pieces.findIndex((piece) => piece.startsWith("--"));
  if (end < 0) throw unreadable("it has no end");
  return pieces.slice(0, end).map(readPart);
};

const readPart = (piece: string): [name: string, value: string] => {
  const headEnd = piece.indexOf("\r\n\r\n");
  const disposition = /^content-disposition:.*$/im.exec(piece.slice(0, headEnd))?.[0] ?? "";
  const [, quoted, bare] = /;\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition) ?? [];
  const name = quoted ?? bare;
  if (headEnd < 0 || name === undefined) throw unreadable("a part has no name");
  return [name, piece.slice(headEnd + 4)];
};

const unreadable = (why: string): Failure =>
  new Failure(`the body is not a multipart form: ${why}`, { code: "invalid_request" });
