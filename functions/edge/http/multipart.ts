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
  const delimiters = [...text.matchAll(delimiterOf(boundary))];
  const end = delimiters.findIndex(([, isLast]) => isLast !== undefined);
  if (end < 0) throw unreadable("it has no end");
  return delimiters.slice(0, end).map(({ 0: line, index }, i) => {
    return readPart(text.slice(index + line.length, delimiters[i + 1]?.index));
  });
};

/**
 * A whole line, so that a value may contain a line that begins like a delimiter. Some clients end
 * lines without a carriage return.
 */
const delimiterOf = (boundary: string): RegExp =>
  new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/\W/g, "\\$&")}(--)?[ \\t]*(?=\\r?\\n|$)`, "g");

const parameter = /;\s*([\w*-]+)\s*=\s*(?:"((?:\\"|[^"])*)"|([^\s;]+))/g;

const readPart = (piece: string): [name: string, value: string] => {
  const { 0: blank = "", index: headEnd = 0 } = /\r?\n\r?\n/.exec(piece) ?? {};
  const disposition = /^content-disposition:.*$/im.exec(piece.slice(0, headEnd))?.[0] ?? "";
  const named = [...disposition.matchAll(parameter)].find(
    ([, key]) => key?.toLowerCase() === "name",
  );
  const name = named?.[2]?.replaceAll('\\"', '"') ?? named?.[3];
  if (blank === "" || name === undefined) throw unreadable("a part has no name");
  return [name, piece.slice(headEnd + blank.length)];
};

const unreadable = (why: string): Failure =>
  new Failure(`the body is not a multipart form: ${why}`, { code: "invalid_request" });
