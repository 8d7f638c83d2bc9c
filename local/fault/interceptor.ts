import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { matchesFault, sendFaultResponse } from "./errorResponse.ts";
import { conditions, type ServiceName } from "./fault.ts";
import { forwardRequest, forwardUpgrade, signedRegion } from "./forwardRequest.ts";

/**
 * The condition of each service behind an interceptor, and the URL of the same server in each other
 * region.
 */
export const interceptorState = z.object({ conditions, peers: z.record(z.string(), z.string()) });

export type InterceptorState = Readonly<z.output<typeof interceptorState>>;

/** Intercepts the requests of a server. */
export interface RequestInterceptor {
  /** Requests in flight to a service that stops are cut; other requests continue. */
  set(state: InterceptorState): void;
}

interface InterceptorOptions {
  readonly region: string;
  /** The service that a request addresses. */
  readonly serviceOf: (request: IncomingMessage) => ServiceName | undefined;
}

const open: InterceptorState = { conditions: {}, peers: {} };

/**
 * Intercepts all requests of a server. Functions use one endpoint per service, so a request that is
 * signed for another region is forwarded to that region's server. A drill can stop the service,
 * slow it down and make it fail: a stopped service accepts connections and closes them.
 */
export const interceptRequests = (
  server: Server,
  { region, serviceOf }: InterceptorOptions,
): RequestInterceptor => {
  let state = open;
  /** Requests in flight, with the service that each addresses. */
  const inFlight = new Map<IncomingMessage, ServiceName | undefined>();

  const peerOf = (request: IncomingMessage): string | undefined => {
    const asked = signedRegion(request);
    return asked === undefined || asked === region ? undefined : state.peers[asked];
  };
  const conditionFor = (request: IncomingMessage) => {
    const name = serviceOf(request);
    return name && state.conditions[name];
  };

  const admit = (request: IncomingMessage, response: ServerResponse, handle: () => void): void => {
    const peer = peerOf(request);
    if (peer !== undefined) {
      forwardRequest(request, response, peer);
      return;
    }
    inFlight.set(request, serviceOf(request));
    response.once("close", () => inFlight.delete(request));
    if (conditionFor(request) === undefined) handle();
    else void applyFault(request, response, handle).catch(() => request.socket.destroy());
  };

  const applyFault = async (
    request: IncomingMessage,
    response: ServerResponse,
    handle: () => void,
  ) => {
    await wait(conditionFor(request)?.fault?.delayMs ?? 0);
    const { isStopped = false, fault } = conditionFor(request) ?? {};
    const name = serviceOf(request);
    if (isStopped) request.socket.destroy();
    else if (name && fault?.error !== undefined && (await matchesFault(request, fault.error))) {
      sendFaultResponse(response, name, fault.error);
    } else if (!response.destroyed) handle();
  };

  for (const event of ["request", "checkContinue"]) {
    const handle = takeListeners(server, event);
    if (handle === undefined) continue;
    server.on(event, (request: IncomingMessage, response: ServerResponse) =>
      admit(request, response, () => handle(request, response)),
    );
  }
  const upgrade = takeListeners(server, "upgrade");
  if (upgrade !== undefined) {
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const url = peerOf(request);
      if (url !== undefined) forwardUpgrade(request, { socket, head, url });
      else if (conditionFor(request)?.isStopped) socket.destroy();
      else upgrade(request, socket, head);
    });
  }
  return {
    set(next) {
      state = next;
      for (const [request, name] of inFlight) {
        if (name && next.conditions[name]?.isStopped) request.socket.destroy();
      }
    },
  };
};

/** Removes the listeners of an event and returns a function that calls them. */
const takeListeners = (server: Server, event: string) => {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  if (listeners.length === 0) return undefined;
  return (...args: readonly unknown[]): void => {
    for (const listener of listeners) Reflect.apply(listener, server, args);
  };
};
