import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { peekBytesMax } from "./limits.ts";

/** The text of a request's body, which whoever handles the request still finds unread. */
export const peekBody = async (request: IncomingMessage): Promise<string> => {
  const length = Math.min(Number(request.headers["content-length"] ?? 0), peekBytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  while (bytes < length && !request.destroyed) {
    const chunk: Buffer | null = request.read();
    if (chunk === null) {
      await Promise.race([once(request, "readable"), once(request, "close")]);
    } else {
      chunks.push(chunk);
      bytes += chunk.length;
    }
  }
  const body = Buffer.concat(chunks);
  // In the same turn as the last read, before the stream can say that it has ended.
  if (!request.destroyed && bytes > 0) request.unshift(body);
  return body.toString();
};
