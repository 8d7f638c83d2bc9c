import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AwsRequest, AwsResponse } from "../http/awsRequest.ts";
import type { ErrorFault, ServiceName } from "./fault.ts";
import { peekBytesMax } from "./limits.ts";

/** Whether a fault applies to a request whose body is still unread. */
export const matchesFault = async (
  request: IncomingMessage,
  fault: ErrorFault,
): Promise<boolean> => {
  if (!isSelected(request, fault)) return false;
  return fault.tables === undefined || namesTable(await peekBody(request), fault.tables);
};

/** Whether a fault applies to a complete request. */
export const matchesFaultRequest = (request: AwsRequest, fault: ErrorFault): boolean =>
  isSelected(request, fault) &&
  (fault.tables === undefined || namesTable(request.body.toString(), fault.tables));

type RequestHead = Pick<IncomingMessage, "headers" | "method" | "url">;

const isSelected = (request: RequestHead, { share, operations }: ErrorFault): boolean => {
  if (Math.random() >= share) return false;
  return operations === undefined || operations.some((name) => matchesOperation(request, name));
};

const namesTable = (body: string, tables: readonly string[]): boolean =>
  tables.some((table) => body.includes(`"${table}"`));

/**
 * Compares the action's full name where the protocol has actions, otherwise a part of the method
 * and path.
 */
const matchesOperation = ({ headers, method, url }: RequestHead, name: string): boolean => {
  const action = headers["x-amz-target"]?.toString().split(".")[1];
  return action === undefined ? `${method} ${url}`.includes(name) : action === name;
};

const message = "an injected fault";

/** Sends the error response that the service itself would send. */
export const sendFaultResponse = (
  response: ServerResponse,
  service: ServiceName,
  fault: ErrorFault,
): void => {
  const { status, headers, body } = faultResponse(service, fault);
  response.writeHead(status, headers).end(body);
};

/** The error response that the service itself would send. */
export const faultResponse = (service: ServiceName, { status, code }: ErrorFault): AwsResponse => {
  const isXml = service === "buckets";
  const body = isXml
    ? `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
    : JSON.stringify({ __type: code, message });
  return {
    status,
    headers: {
      "content-type": isXml ? "application/xml" : "application/x-amz-json-1.0",
      "content-length": String(Buffer.byteLength(body)),
      "x-amzn-errortype": code,
    },
    body,
  };
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
