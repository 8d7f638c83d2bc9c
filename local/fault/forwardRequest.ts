import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { AwsRequest, AwsResponse } from "../http/awsRequest.ts";
import { Agent, request } from "../http/nodeHttp.ts";
import { peerSocketsMax } from "./limits.ts";

const agent = new Agent({ keepAlive: true, maxSockets: peerSocketsMax });

/**
 * Forwards a request unchanged to the same service of another region, and the response back. If
 * that service does not answer, the connection is closed.
 */
export const forwardRequest = (from: IncomingMessage, to: ServerResponse, url: string): void => {
  const { hostname, port } = new URL(url);
  const { method = "GET", url: path = "/" } = from;
  // Node.js has already answered "Expect: 100-continue". Other headers may be signed and must not
  // change.
  const { expect: _, ...headers } = from.headers;
  const onward = request({ agent, hostname, port, method, path, headers, setHost: false });
  onward.on("response", (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.on("error", () => to.destroy());
    answer.pipe(to);
  });
  onward.on("error", () => to.destroy());
  to.once("close", () => onward.destroy());
  from.pipe(onward);
};

/**
 * Forwards a complete request unchanged to the same service of another region. Fails when that
 * service does not answer.
 */
export const forwardAwsRequest = async (
  { method, url: path, headers, body }: AwsRequest,
  url: string,
  signal?: AbortSignal,
): Promise<AwsResponse> => {
  const { hostname, port } = new URL(url);
  const onward = request({ agent, hostname, port, method, path, headers, setHost: false, signal });
  // An error after the response begins also ends the response, which reports it.
  onward.on("error", () => {});
  onward.end(body);
  const [answer] = await once(onward, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const received = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return {
    status: answer.statusCode ?? 502,
    headers: Object.fromEntries(received),
    body: Buffer.concat(chunks),
  };
};

/** Forwards a request that upgrades to a WebSocket. */
export const forwardUpgrade = (
  from: IncomingMessage,
  { socket, head, url }: { socket: Duplex; head: Buffer; url: string },
): void => {
  const { hostname, port } = new URL(url);
  const onward = connect({ host: hostname, port: Number(port) });
  const pairs = Array.from({ length: from.rawHeaders.length / 2 }, (_, i) =>
    from.rawHeaders.slice(2 * i, 2 * i + 2).join(": "),
  );
  onward.write(`${[`${from.method} ${from.url} HTTP/1.1`, ...pairs].join("\r\n")}\r\n\r\n`);
  onward.write(head);
  onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
  onward.pipe(socket).pipe(onward);
};

// `Credential=KEY/20260131/us-east-1/dynamodb/aws4_request`, in a header or percent-encoded in a
// URL.
const inHeader = /Credential=[^/,\s]+\/\d{8}\/([^/,\s]+)\//;
const inUrl = /[?&]X-Amz-Credential=[^%&]+%2F\d{8}%2F([^%&]+)%2F/i;

/** The region that a request is signed for; `undefined` when it has no signature. */
export const signedRegion = ({
  headers,
  url = "",
}: Pick<AwsRequest | IncomingMessage, "headers" | "url">): string | undefined =>
  (inHeader.exec(headers.authorization ?? "") ?? inUrl.exec(url))?.[1];
