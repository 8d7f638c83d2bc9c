import type { MessagePort } from "node:worker_threads";
import { ConnectionCut } from "../fault/connectionCut.ts";
import type { AwsHandler, AwsResponse } from "../http/awsRequest.ts";
import { jsonError } from "../http/awsService.ts";
import { internalFailure } from "../http/restFailure.ts";
import { type Cancellation, Canceller, clientLeft } from "../platform/cancellation.ts";
import type { Log } from "../platform/log.ts";
import type { WireAbort, WireBarrier, WireRequest, WireResponse } from "./messages.ts";

/** The handlers of the services by endpoint, such as `127.0.0.1:4566`. */
export type WireHandlers = ReadonlyMap<string, AwsHandler>;

export interface WireDeps {
  /** The access key of the function's role. */
  readonly roleKey: string | undefined;
  /** Resolves when all sends that were answered are stored. Absent where responses wait for it. */
  readonly stored?: () => Promise<void>;
  readonly log: Log;
}

/**
 * Answers the requests that arrive on a port until the other side closes it. A request needs no
 * signature: only one environment of this cloud has the port.
 */
export const serveWire = (
  port: MessagePort,
  handlers: WireHandlers,
  { roleKey, stored = async () => {}, log }: WireDeps,
): void => {
  /** The requests that were not answered at once. */
  const inFlight = new Map<number, Canceller>();
  const reply = (response: WireResponse): void => port.postMessage(response);

  const handle = (
    handler: AwsHandler,
    { method, url, headers, body, isOrdered, waitsForStorage }: WireRequest,
    client: Cancellation,
  ): AwsResponse | Promise<AwsResponse> => {
    const complete = { method, url, headers, body: bufferOf(body), roleKey, isOrdered };
    if (waitsForStorage !== true) return handler(complete, client);
    return stored().then(() => {
      if (client.isCancelled) throw client.reason;
      return handler(complete, client);
    });
  };
  const failure = (
    error: unknown,
    { id, url }: WireRequest,
    client: Cancellation,
  ): WireResponse => {
    // The function no longer waits, or its environment has ended.
    if (error instanceof ConnectionCut || client.isCancelled) return { id, code: "ECONNRESET" };
    log("request failed", { path: url, error }, "error");
    return { id, ...jsonError(internalFailure(String(error))) };
  };
  const replyLater = async (
    answer: Promise<AwsResponse>,
    request: WireRequest,
    client: Canceller,
  ): Promise<void> => {
    const { id } = request;
    inFlight.set(id, client);
    try {
      reply(responseTo(id, await answer));
    } catch (error) {
      reply(failure(error, request, client));
    } finally {
      inFlight.delete(id);
    }
  };
  const respond = (request: WireRequest): void => {
    const { id, host } = request;
    const handler = handlers.get(host);
    if (handler === undefined) {
      reply({ id, code: "ECONNREFUSED" });
      return;
    }
    const client = new Canceller();
    try {
      const answer = handle(handler, request, client);
      if (answer instanceof Promise) void replyLater(answer, request, client);
      else reply(responseTo(id, answer));
    } catch (error) {
      reply(failure(error, request, client));
    }
  };
  const passBarrier = async ({ id }: WireBarrier): Promise<void> => {
    await stored();
    reply({ id, status: 200, headers: {}, body: "" });
  };
  port.on("message", (message: WireRequest | WireAbort | WireBarrier) => {
    if ("isAborted" in message) inFlight.get(message.id)?.cancel(clientLeft());
    else if ("isBarrier" in message) void passBarrier(message);
    else respond(message);
  });
  port.on("close", () => {
    for (const client of inFlight.values()) client.cancel(clientLeft());
  });
};

const responseTo = (id: number, answer: AwsResponse): WireResponse => ({ id, ...answer });

const bufferOf = (body: string | Uint8Array): Buffer =>
  typeof body === "string"
    ? Buffer.from(body)
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
