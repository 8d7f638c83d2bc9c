import { s3Failure } from "../errors.ts";

/** The body of a request and the headers that follow it. */
export interface DecodedBody {
  readonly body: Buffer;
  /** Names in lower case. */
  readonly trailers: Readonly<Record<string, string>>;
}

/**
 * Decodes a body with the content encoding `aws-chunked`: chunks with their length in hexadecimal,
 * then trailing headers such as a checksum.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export const decodeAwsChunked = (encoded: Buffer): DecodedBody => {
  const chunks: Buffer[] = [];
  let offset = 0;
  const readLine = (): string => {
    const end = encoded.indexOf("\r\n", offset);
    if (end < 0) throw s3Failure("IncompleteBody");
    const line = encoded.toString("latin1", offset, end);
    offset = end + 2;
    return line;
  };
  for (;;) {
    const size = /^([0-9a-f]{1,8})(;|$)/i.exec(readLine())?.[1];
    if (size === undefined) throw s3Failure("IncompleteBody");
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) break;
    if (offset + bytes + 2 > encoded.length) throw s3Failure("IncompleteBody");
    chunks.push(encoded.subarray(offset, offset + bytes));
    offset += bytes + 2;
  }
  const trailers: Record<string, string> = {};
  while (offset < encoded.length) {
    const line = readLine();
    if (line === "") break;
    const [name = "", ...value] = line.split(":");
    trailers[name.toLowerCase()] = value.join(":").trim();
  }
  return { body: Buffer.concat(chunks), trailers };
};
