import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { MetricSource } from "../cloudwatch/metricSink.ts";
import { interceptRequests, type RequestInterceptor } from "../fault/interceptor.ts";
import { requestTimeouts } from "../http/httpServer.ts";
import { createServer, STATUS_CODES } from "../http/nodeHttp.ts";
import type { Access } from "../iam/access.ts";
import type { Log } from "../platform/log.ts";
import { openUsageMeter, type UsageMeter } from "../platform/usageMeter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { type Api, emptyApi } from "./api.ts";
import { type ApiMeter, createApiMeter } from "./apiMetrics.ts";
import { apiProviders } from "./apiProviders.ts";
import { type AuthorizeInvocation, functionAccess } from "./functionAccess.ts";
import { GatewayError, type GatewayErrorName, gatewayErrors } from "./gatewayError.ts";
import { renderGatewayResponse } from "./gatewayResponses.ts";
import type { HttpReply } from "./httpReply.ts";
import { type Functions, invokeBuffered, invokeStreaming } from "./invokeFunction.ts";
import {
  connectionIdleMs,
  connectionsMax,
  requestBytesMax,
  requestHeaderBytesMax,
  stopMsMax,
} from "./limits.ts";
import { proxyEvent, type RoutedRequest } from "./proxyEvent.ts";
import { readBody } from "./requestBody.ts";
import { findNode } from "./routeTree.ts";

export interface GatewayOptions {
  readonly region: string;
  readonly lambda: Functions;
  /** The policies of functions; without it, the API may invoke every function. */
  readonly access?: Access | undefined;
  /** 0 selects any free port. */
  readonly port: number;
  readonly usageMeter?: UsageMeter;
  /** Time within which a request must arrive; default: `requestMs` of the limits. */
  readonly requestMsMax?: number;
  readonly space?: Pick<DiskSpace, "isFull">;
  /** A site that is not a part of the API: faults of the API do not affect it. */
  readonly site?: Site | undefined;
  readonly log: Log;
}

/** Another service behind the same port. */
interface Site {
  matches(request: IncomingMessage): boolean;
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/**
 * API Gateway on one machine: serves the REST API of the templates at the root path, as a custom
 * domain name does.
 */
export interface Gateway {
  readonly providers: readonly ResourceProvider[];
  readonly interceptor: RequestInterceptor;
  readonly metrics: MetricSource;
  /** Listens on 127.0.0.1. Fails with Node.js's error, `EADDRINUSE` when the port is in use. */
  open(): Promise<{ url: string; port: number }>;
  /** Accepts no further requests, waits a bounded time for those in flight, then closes them. */
  stop(): Promise<void>;
}

export const startGateway = (options: GatewayOptions): Gateway => {
  const {
    lambda,
    region,
    port,
    usageMeter = openUsageMeter(),
    space = openDiskSpace(),
    site,
    log,
  } = options;
  const api = emptyApi();
  const streams = new Set<ServerResponse>();
  const server = createServer({
    maxHeaderSize: requestHeaderBytesMax,
    keepAliveTimeout: connectionIdleMs,
    ...requestTimeouts(options.requestMsMax),
  });
  server.maxConnections = connectionsMax;
  const isStopping = () => !server.listening;
  const authorize = functionAccess(options.access, { api, region });
  const meter = createApiMeter(() => api);
  const deps = { api, meter, lambda, authorize, usageMeter, space, log, streams, isStopping };
  const isOfSite = (request: IncomingMessage): boolean => site?.matches(request) ?? false;
  server.on("request", (request, response) => {
    void (site?.matches(request) ? site.serve(request, response) : serve(request, response, deps));
  });
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    const isTooLarge = Number(request.headers["content-length"]) > requestBytesMax;
    if (!isTooLarge) response.writeContinue();
    void serve(request, response, deps);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const isStreaming = [...streams].some((response) => response.socket === socket);
    // The client would read a second response as a part of the first.
    if (isStreaming || !socket.writable || error.code === "ECONNRESET") socket.destroy();
    else rejectClient(error, socket, api);
  });
  return {
    providers: apiProviders(api),
    metrics: meter,
    interceptor: interceptRequests(server, {
      region,
      serviceOf: (request) => (isOfSite(request) ? undefined : "api"),
    }),
    async open() {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      return { url: `http://127.0.0.1:${bound}`, port: bound };
    },
    async stop() {
      for (const response of streams) response.destroy();
      await close(server);
    },
  };
};

interface Deps {
  readonly api: Api;
  readonly meter: ApiMeter;
  readonly lambda: Functions;
  readonly authorize: AuthorizeInvocation;
  readonly usageMeter: UsageMeter;
  readonly space: Pick<DiskSpace, "isFull">;
  readonly log: Log;
  /** Streaming responses, which a stop destroys. */
  readonly streams: Set<ServerResponse>;
  /** Whether the gateway stops, so that connections are not reused. */
  readonly isStopping: () => boolean;
}

const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  deps: Deps,
): Promise<void> => {
  const { api, meter, usageMeter, space, log } = deps;
  const startedAt = performance.now();
  const facts: RequestFacts = {};
  usageMeter.add("apiRequests", 1);
  const requestId = crypto.randomUUID();
  const { method = "", url = "" } = request;
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  response.setHeader("x-amzn-RequestId", requestId);
  try {
    const target = { request, response, method, path, query, requestId };
    const reply = await answer(target, facts, deps);
    if (reply !== undefined) send(response, reply, deps);
  } catch (error) {
    // A client that disconnected early needs no response; a client that received headers gets no
    // second response.
    if (response.destroyed || request.errored || response.headersSent) {
      response.destroy();
      return;
    }
    const isKnown = error instanceof GatewayError;
    const reason = isKnown ? error.cause : error;
    if (reason !== undefined)
      log("request failed", { method, path, reason: String(reason) }, "error");
    const named = isKnown ? error.error : "invalidResponse";
    // The error of a function that failed or waited on a full disk does not name that cause.
    const name = space.isFull && gatewayErrors[named].status >= 500 ? "diskFull" : named;
    const values = { requestId, path, httpMethod: method, stage: api.stage };
    // The rest of the body is not read.
    if (name === "tooLarge") response.shouldKeepAlive = false;
    send(response, renderGatewayResponse(api.responses, name, values), deps);
  } finally {
    const { route, integrationMs, isStreamed = false } = facts;
    const latencyMs = isStreamed ? undefined : performance.now() - startedAt;
    meter.count({ route, status: response.statusCode, latencyMs, integrationMs });
  }
};

/** What is known of a request for its metrics. */
interface RequestFacts {
  route?: { method: string; path: string };
  integrationMs?: number;
  isStreamed?: boolean;
}

const clientErrors: Readonly<Record<string, GatewayErrorName>> = {
  HPE_HEADER_OVERFLOW: "tooLarge",
  ERR_HTTP_REQUEST_TIMEOUT: "tooSlow",
};

/** Responds to an unparseable request with JSON, like all errors, and closes the connection. */
const rejectClient = (
  error: NodeJS.ErrnoException,
  socket: Duplex,
  { responses, stage }: Api,
): void => {
  const name = clientErrors[error.code ?? ""] ?? "notHttp";
  const facts = { requestId: crypto.randomUUID(), path: "", httpMethod: "", stage };
  const { status, headers, body } = renderGatewayResponse(responses, name, facts);
  const head = [...headers, ["Content-Length", Buffer.byteLength(body)], ["Connection", "close"]]
    .map(([key, value]) => `${key}: ${value}\r\n`)
    .join("");
  const reply = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`;
  socket.end(reply, () => socket.destroy());
};

interface GatewayRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly requestId: string;
}

/** Handles a request. Returns the response, or `undefined` when it was streamed. */
const answer = async (
  { request, response, ...target }: GatewayRequest,
  facts: RequestFacts,
  { api, lambda, authorize, streams }: Deps,
): Promise<HttpReply | undefined> => {
  const found = findNode(api.root, target.path);
  const integration = found?.node.methods.get(target.method) ?? found?.node.methods.get("ANY");
  if (found === undefined || integration === undefined) throw new GatewayError("noRoute");
  facts.route = { method: target.method, path: found.node.path };
  if (!api.admit(target.method, found.node.path)) throw new GatewayError("throttled");
  const body = await readBody(request);
  if (integration.kind === "fixed") return integration.reply;
  authorize(integration.functionArn, { method: target.method, path: found.node.path });

  const routed: RoutedRequest = {
    ...target,
    rawHeaders: request.rawHeaders,
    body,
    sourceIp: request.socket.remoteAddress ?? "",
    resourcePath: found.node.path,
    parameters: found.parameters,
    receivedAt: Date.now(),
  };
  const { id: apiId, account, stage, binaryTypes } = api;
  const event = proxyEvent(routed, { apiId, account, stage, binaryTypes });
  if (!integration.streams) {
    const invokedAt = performance.now();
    try {
      return await invokeBuffered(lambda, integration, event);
    } finally {
      facts.integrationMs = performance.now() - invokedAt;
    }
  }
  facts.isStreamed = true;
  streams.add(response);
  response.once("close", () => streams.delete(response));
  await invokeStreaming(lambda, integration, { event, response });
  return undefined;
};

const send = (
  response: ServerResponse,
  { status, headers, body }: HttpReply,
  { isStopping }: Deps,
): void => {
  if (isStopping()) response.shouldKeepAlive = false;
  const hasNoBody = status === 204 || status === 304;
  const length = hasNoBody ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  response.writeHead(status, [...headers.flat(), ...length]);
  response.end(hasNoBody ? undefined : body);
};

const close = async (server: Server): Promise<void> => {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  await Promise.race([closed, wait(stopMsMax, undefined, { ref: false })]);
  server.closeAllConnections();
  await closed;
};
