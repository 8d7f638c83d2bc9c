import { Failure } from "#shared/platform/failure.ts";

/** A part of a multipart form. */
export interface Part {
  readonly name: string;
  /** The name of the file, if the part is one. */
  readonly filename?: string;
  readonly bytes: Buffer;
}

/**
 * Reads the parts of a multipart form; the value of a file is its bytes. RFC 7578.
 *
 * `Response#formData` is not used: the first call loads undici (50 to 90 ms in Lambda's Node.js
 * 24), and Node.js 20 refuses preambles, epilogues and unquoted names, which RFC 2046 allows.
 */
export const readParts = (body: Buffer, contentType: string): Part[] => {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw unreadable("it has no boundary");
  // One character for each byte.
  const text = body.toString("latin1");
  // The preamble and the epilogue are ignored. RFC 2046, 5.1.1.
  const delimiters = [...text.matchAll(delimiterOf(binary(boundary)))];
  const end = delimiters.findIndex(([, isLast]) => isLast !== undefined);
  if (end < 0) throw unreadable("it has no end");
  return delimiters.slice(0, end).map(({ 0: line, index }, i) => {
    return readPart(text.slice(index + line.length, delimiters[i + 1]?.index));
  });
};

/** A text as one character for each byte of UTF-8, and its reverse. */
const binary = (text: string): string => Buffer.from(text).toString("latin1");
const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
const decoded = (text: string): string => bytesOf(text).toString("utf8");

/**
 * A whole line, so that a value may contain a line that begins like a delimiter. Some clients end
 * lines without a carriage return.
 */
const delimiterOf = (boundary: string): RegExp =>
  new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/\W/g, "\\$&")}(--)?[ \\t]*(?=\\r?\\n|$)`, "g");

const parameter = /;\s*([\w*-]+)\s*=\s*(?:"((?:\\"|[^"])*)"|([^\s;]+))/g;

const readPart = (piece: string): Part => {
  const { 0: blank = "", index: headEnd = 0 } = /\r?\n\r?\n/.exec(piece) ?? {};
  const disposition = /^content-disposition:.*$/im.exec(piece.slice(0, headEnd))?.[0] ?? "";
  const parameters = [...disposition.matchAll(parameter)].map(
    ([, key = "", quoted, bare]): [string, string] => [
      key.toLowerCase(),
      decoded(quoted?.replaceAll('\\"', '"') ?? bare ?? ""),
    ],
  );
  const parameterOf = (key: string) => parameters.find(([each]) => each === key)?.[1];
  const name = parameterOf("name");
  const filename = parameterOf("filename");
  if (blank === "" || name === undefined) throw unreadable("a part has no name");
  const bytes = bytesOf(piece.slice(headEnd + blank.length));
  return { name, ...(filename !== undefined && { filename }), bytes };
};

const unreadable = (why: string): Failure =>
  new Failure(`the body is not a multipart form: ${why}`, { code: "invalid_request" });
