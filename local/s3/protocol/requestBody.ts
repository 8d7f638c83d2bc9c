import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { AwsRequest } from "../../http/awsRequest.ts";
import { s3Failure } from "../errors.ts";
import { decodeAwsChunked } from "./awsChunked.ts";

/** The body of an upload, whose length and checksums are verified. */
export interface UploadBody {
  readonly body: Buffer;
  /** The CRC-32 in base64, if the client has sent it. */
  readonly crc32: string | undefined;
}

const crc32Header = "x-amz-checksum-crc32";

/** Decodes and verifies the body of an upload. Other kinds of checksums are not verified. */
export const uploadBody = ({ headers, body: sent }: AwsRequest): UploadBody => {
  const isChunked = (headers["content-encoding"] ?? "").split(/,\s*/).includes("aws-chunked");
  const { body, trailers } = isChunked ? decodeAwsChunked(sent) : { body: sent, trailers: {} };
  const length = headers["x-amz-decoded-content-length"];
  if (isChunked && length !== undefined && Number(length) !== body.length) {
    throw s3Failure("IncompleteBody");
  }
  const all: Readonly<Record<string, string | undefined>> = { ...headers, ...trailers };
  for (const [name, digest] of Object.entries(digests)) {
    const expected = all[name];
    if (expected !== undefined && expected !== digest(body)) throw s3Failure("BadDigest");
  }
  return { body, crc32: all[crc32Header] };
};

const hashed =
  (algorithm: string) =>
  (body: Buffer): string =>
    createHash(algorithm).update(body).digest("base64");

const digests: Readonly<Record<string, (body: Buffer) => string>> = {
  "content-md5": hashed("md5"),
  "x-amz-checksum-sha1": hashed("sha1"),
  "x-amz-checksum-sha256": hashed("sha256"),
  [crc32Header](body) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString("base64");
  },
};
