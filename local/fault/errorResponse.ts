import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorFault, ServiceName } from "./fault.ts";
import { peekBytesMax } from "./limits.ts";

/** Whether a fault applies to a request. */
export const matchesFault = async (
  request: IncomingMessage,
  { share, operations, tables }: ErrorFault,
): Promise<boolean> => {
  if (Math.random() >= share) return false;
  if (operations !== undefined && !operations.some((name) => matchesOperation(request, name)))
    return false;
  if (tables === undefined) return true;
  const body = await peekBody(request);
  return tables.some((table) => body.includes(`"${table}"`));
};

/**
 * Compares the action's full name where the protocol has actions, otherwise a part of the method
 * and path.
 */
const matchesOperation = ({ headers, method, url }: IncomingMessage, name: string): boolean => {
  const action = headers["x-amz-target"]?.toString().split(".")[1];
  return action === undefined ? `${method} ${url}`.includes(name) : action === name;
};

const message = "an injected fault";

/** Sends the error response that the service itself would send. */
export const sendFaultResponse = (
  response: ServerResponse,
  service: ServiceName,
  { status, code }: ErrorFault,
): void => {
  const isXml = service === "buckets";
  const body = isXml
    ? `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
    : JSON.stringify({ __type: code, message });
  response
    .writeHead(status, {
      "content-type": isXml ? "application/xml" : "application/x-amz-json-1.0",
      "content-length": Buffer.byteLength(body),
      "x-amzn-errortype": code,
    })
    .end(body);
};

/** Reads the text of a request's body and leaves it unread for the request's handler. */
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
  // In the same tick as the last read, before the stream can emit `end`.
  if (!request.destroyed && bytes > 0) request.unshift(body);
  return body.toString();
};
