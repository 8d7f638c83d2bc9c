import { Failure } from "#shared/platform/failure.ts";

/**
 * The parts of a multipart form, by name: a file is its text. RFC 7578. An API without binary media types
 * takes every body for UTF-8, so files are text or nothing.
 */
export const readParts = (text: string, contentType: string): [name: string, value: string][] => {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw unreadable("it names no boundary");
  // What is before the first boundary and after the last one is nobody's. RFC 2046, 5.1.1.
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
  new Failure(`the body is no multipart form: ${why}`, { code: "invalid_request" });
