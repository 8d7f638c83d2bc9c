import type { IncomingMessage } from "node:http";
import { GatewayError } from "./gatewayError.ts";
import { drainBytesMax, requestBytesMax } from "./limits.ts";

/**
 * Reads a request's body. Fails with `tooLarge`: after the whole body up to `drainBytesMax`, since
 * many clients send all of it before they read a response; at once if the client sent `Expect`.
 */
export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const { "content-length": announced = "0", expect } = request.headers;
  const rejectsAtOnce = Number(announced) > drainBytesMax || expect !== undefined;
  if (Number(announced) > requestBytesMax && rejectsAtOnce) throw new GatewayError("tooLarge");
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += Buffer.byteLength(piece);
    if (bytes <= requestBytesMax) pieces.push(piece);
    if (bytes > drainBytesMax) break;
  }
  if (bytes > requestBytesMax) throw new GatewayError("tooLarge");
  return Buffer.concat(pieces);
};
