import type { MessagePort } from "node:worker_threads";
import { ConnectionCut } from "../fault/connectionCut.ts";
import type { AwsHandler } from "../http/awsRequest.ts";
import { jsonError } from "../http/awsService.ts";
import { internalFailure } from "../http/restFailure.ts";
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
  const inFlight = new Map<number, AbortController>();
  const respond = async ({
    id,
    host,
    body,
    waitsForStorage,
    ...request
  }: WireRequest): Promise<WireResponse> => {
    const handle = handlers.get(host);
    if (handle === undefined) return { id, code: "ECONNREFUSED" };
    const left = new AbortController();
    inFlight.set(id, left);
    try {
      if (waitsForStorage) await stored();
      left.signal.throwIfAborted();
      const complete = { ...request, body: bufferOf(body), roleKey };
      return { id, ...(await handle(complete, left.signal)) };
    } catch (error) {
      // The function no longer waits, or its environment has ended.
      if (error instanceof ConnectionCut || left.signal.aborted) return { id, code: "ECONNRESET" };
      log("request failed", { path: request.url, error }, "error");
      return { id, ...jsonError(internalFailure(String(error))) };
    } finally {
      inFlight.delete(id);
    }
  };
  const passBarrier = async ({ id }: WireBarrier): Promise<WireResponse> => {
    await stored();
    return { id, status: 200, headers: {}, body: "" };
  };
  port.on("message", (message: WireRequest | WireAbort | WireBarrier) => {
    if ("isAborted" in message) inFlight.get(message.id)?.abort();
    else if ("isBarrier" in message) {
      void passBarrier(message).then((response) => port.postMessage(response));
    } else void respond(message).then((response) => port.postMessage(response));
  });
  port.on("close", () => {
    for (const left of inFlight.values()) left.abort();
  });
};

const bufferOf = (body: string | Uint8Array): Buffer =>
  typeof body === "string"
    ? Buffer.from(body)
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
