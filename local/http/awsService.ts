import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { faultGate, type ServiceOf } from "../fault/faultGate.ts";
import { type InterceptorState, interceptRequests } from "../fault/interceptor.ts";
import { type Cancellation, Canceller, clientLeft } from "../platform/cancellation.ts";
import type { Log } from "../platform/log.ts";
import { asFailure, checkDepth, createAuthenticatedServer } from "./authenticatedServer.ts";
import type { AwsHandler, AwsRequest, AwsResponse } from "./awsRequest.ts";
import { closeHttp, listenHttp } from "./httpServer.ts";
import { RestFailure, tooLarge } from "./restFailure.ts";
import type { Signers } from "./signature.ts";

/** An emulated AWS service of one region, with two doors to the same handler. */
export interface AwsService {
  /** The HTTP endpoint on 127.0.0.1, for signed requests. */
  readonly url: string;
  /**
   * Answers a request without HTTP and without a signature: for the functions of this cloud and for
   * calls within the process. Fails with a `ConnectionCut` when the service is stopped.
   */
  readonly handle: AwsHandler;
  /** Sets the conditions of the service and the endpoints of other regions, for both doors. */
  setFaults(state: InterceptorState): void;
  stop(): Promise<void>;
}

export interface AwsServiceOptions {
  readonly region: string;
  /** The service that a request addresses, by which drills set faults; default: no faults. */
  readonly serviceOf?: ServiceOf;
  readonly signers: Signers;
  readonly bodyBytesMax: number;
  /** Whether a request's body is JSON, whose depth is limited; default: always. */
  readonly isJson?: (request: Pick<AwsRequest, "headers">) => boolean;
  /** The error response in the format of the service; default: the AWS JSON protocol. */
  readonly errorResponse?: (failure: RestFailure, request: AwsRequest) => AwsResponse;
  readonly handler: AwsHandler;
  /** Adds listeners for other protocols, such as WebSockets, before the server listens. */
  readonly extend?: (server: Server) => void;
  readonly log: Log;
}

/** Starts a service on any free port of 127.0.0.1. */
export const startAwsService = async (options: AwsServiceOptions): Promise<AwsService> => {
  const { region, signers, bodyBytesMax, handler, log } = options;
  const { serviceOf = () => undefined, isJson = () => true, errorResponse = jsonError } = options;
  const heads = (request: IncomingMessage) => ({ headers: singleHeaders(request) });
  const answer: AwsHandler = async (request, client) => {
    try {
      return await handler(request, client);
    } catch (error) {
      if (error instanceof RestFailure) return errorResponse(error, request);
      throw error;
    }
  };
  const server = createAuthenticatedServer(
    {
      signers,
      bodyBytesMax,
      isJson: (request) => isJson(heads(request)),
      sendError: (response, failure, request) =>
        send(response, errorResponse(failure, requestOf(request, Buffer.alloc(0)))),
      log,
    },
    async (request, response, body, roleKey) => {
      const client = new Canceller();
      response.once("close", () => client.cancel(clientLeft()));
      try {
        send(response, await answer({ ...requestOf(request, body), roleKey }, client));
      } catch (error) {
        // A client that leaves during a long poll is not a failure.
        if (!client.isCancelled) throw error;
      }
    },
  );
  options.extend?.(server);
  const refuse = (request: AwsRequest, error: unknown, client?: Cancellation): AwsResponse => {
    if (client?.isCancelled) throw error;
    const failure = asFailure(error);
    if (failure !== error && failure.status >= 500) {
      log("request failed", { path: request.url, error }, "error");
    }
    return errorResponse(failure, request);
  };
  const direct: AwsHandler = (request, client) => {
    try {
      if (request.body.length > bodyBytesMax) {
        throw tooLarge(`the body is larger than ${bodyBytesMax} bytes`);
      }
      if (isJson(request)) checkDepth(request.body);
      const response = handler(request, client);
      if (!(response instanceof Promise)) return response;
      return response.catch((error: unknown) => refuse(request, error, client));
    } catch (error) {
      return refuse(request, error, client);
    }
  };
  const gate = faultGate(direct, { region, serviceOf });
  const interceptor = interceptRequests(server, {
    region,
    serviceOf: (request) => serviceOf(heads(request)),
  });
  return {
    url: await listenHttp(server),
    handle: gate.handle,
    setFaults(state) {
      gate.set(state);
      interceptor.set(state);
    },
    stop: () => closeHttp(server),
  };
};

const requestOf = (request: IncomingMessage, body: Buffer): AwsRequest => ({
  method: request.method ?? "GET",
  url: request.url ?? "/",
  headers: singleHeaders(request),
  body,
});

const singleHeaders = ({ headers }: IncomingMessage): AwsRequest["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join()]));

const send = (response: ServerResponse, { status, headers, body }: AwsResponse): void => {
  if (response.destroyed) return;
  response
    .writeHead(status, {
      "x-amzn-requestid": randomUUID(),
      // The response to HEAD has its own length.
      "content-length": Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
};

/** A failure in the AWS JSON protocol. */
export const jsonError = ({ status, code, message }: RestFailure): AwsResponse => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": code },
  body: JSON.stringify({ __type: code, message }),
});
