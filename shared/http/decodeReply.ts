import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { decodingsMax, targetReplyBytesMax } from "../target/limits.ts";

const lenient = { finishFlush: zlib.constants.Z_SYNC_FLUSH };

/**
 * Decoders of content codings. RFC 9110, 8.4.1; RFC 7932; RFC 8878. They accept truncated input.
 */
const decoders: Readonly<Record<string, (bytes: Uint8Array) => Transform>> = {
  gzip: () => zlib.createGunzip(lenient),
  "x-gzip": () => zlib.createGunzip(lenient),
  deflate: (bytes) =>
    isZlib(bytes) ? zlib.createInflate(lenient) : zlib.createInflateRaw(lenient),
  br: () => zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => zlib.createZstdDecompress({ finishFlush: zlib.constants.ZSTD_e_flush }),
};

/** "deflate" is the zlib format; some servers send it without the zlib header. RFC 1950, 2.2. */
const isZlib = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;

/**
 * Decodes the content codings of a reply's body, up to `targetReplyBytesMax`. Requests accept none,
 * but some targets compress anyway. A body that cannot be decoded is returned as received; a
 * damaged body is returned up to the damage. Never fails, because the status is known.
 */
export const decodeReply = async (bytes: Uint8Array, encoding: string): Promise<Uint8Array> => {
  const codings = encoding
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity")
    .toReversed();
  if (codings.length > decodingsMax || codings.some((coding) => !Object.hasOwn(decoders, coding))) {
    return bytes;
  }
  let decoded = bytes;
  for (const coding of codings) {
    const decoder = decoders[coding]?.(decoded);
    if (decoder !== undefined) decoded = await decode(decoded, decoder);
  }
  return decoded;
};

const decode = async (bytes: Uint8Array, decoder: Transform): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  decoder.on("error", () => resolve());
  decoder.on("end", () => resolve());
  decoder.on("data", (chunk: Uint8Array) => {
    chunks.push(chunk.subarray(0, Math.max(0, targetReplyBytesMax - size)));
    size += chunk.length;
    if (size >= targetReplyBytesMax) resolve();
  });
  decoder.end(bytes);
  await promise;
  decoder.destroy();
  return Buffer.concat(chunks);
};
