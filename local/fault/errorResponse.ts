import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorFault, ServiceName } from "./fault.ts";
import { peekBytesMax } from "./limits.ts";

/** Whether a fault is for this request. */
export const matchesFault = async (
  request: IncomingMessage,
  { share, operations, tables }: ErrorFault,
): Promise<boolean> => {
  if (Math.random() >= share) return false;
  if (operations !== undefined && !operations.some((name) => isOf(request, name))) return false;
  if (tables === undefined) return true;
  const body = await peekBody(request);
  return tables.some((table) => body.includes(`"${table}"`));
};

/** By the action's whole name where the protocol has one, otherwise by a part of the method and the path. */
const isOf = ({ headers, method, url }: IncomingMessage, name: string): boolean => {
  const action = headers["x-amz-target"]?.toString().split(".")[1];
  return action === undefined ? `${method} ${url}`.includes(name) : action === name;
};

const message = "a fault made on purpose";

/** Answers as the service itself would if it failed so. */
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
