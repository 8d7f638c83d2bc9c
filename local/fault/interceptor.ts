import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { matchesFault, sendFaultResponse } from "./errorResponse.ts";
import { conditions, type ServiceName } from "./fault.ts";
import { forwardRequest, forwardUpgrade, signedRegion } from "./forwardRequest.ts";

/** What a door has to know: how the services behind it do, and where the same server of each other region is. */
export const interceptorState = z.object({ conditions, peers: z.record(z.string(), z.string()) });

export type InterceptorState = Readonly<z.output<typeof interceptorState>>;

/** What stands before the server of a service. */
export interface RequestInterceptor {
  /** Requests under way to a service that stops are cut, and those to others are not. */
  set(state: InterceptorState): void;
}

interface DoorOptions {
  readonly region: string;
  /** Which service a request is for. */
  readonly serviceOf: (request: IncomingMessage) => ServiceName;
}

const open: InterceptorState = { conditions: {}, peers: {} };

/**
 * Puts a door before a server. A request that is signed for another region goes to that region's server, since
 * functions know one address for each service; and a drill can stop the service, slow it down and make it fail.
 * A stopped one is reached and hangs up.
 */
export const interceptRequests = (
  server: Server,
  { region, serviceOf }: DoorOptions,
): RequestInterceptor => {
  let state = open;
  /** What is under way, and to which service. */
  const underWay = new Map<IncomingMessage, ServiceName>();

  const peerOf = (request: IncomingMessage): string | undefined => {
    const asked = signedRegion(request);
    return asked === undefined || asked === region ? undefined : state.peers[asked];
  };
  const conditionFor = (request: IncomingMessage) => state.conditions[serviceOf(request)];

  const admit = (request: IncomingMessage, response: ServerResponse, handle: () => void): void => {
    const peer = peerOf(request);
    if (peer !== undefined) {
      forwardRequest(request, response, peer);
      return;
    }
    underWay.set(request, serviceOf(request));
    response.once("close", () => underWay.delete(request));
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
    if (isStopped) request.socket.destroy();
    else if (fault?.error !== undefined && (await matchesFault(request, fault.error))) {
      sendFaultResponse(response, serviceOf(request), fault.error);
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
      for (const [request, name] of underWay) {
        if (next.conditions[name]?.isStopped) request.socket.destroy();
      }
    },
  };
};

/** Makes those who listen listen no more, and gives what they would do. */
const takeListeners = (server: Server, event: string) => {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  if (listeners.length === 0) return undefined;
  return (...heard: readonly unknown[]): void => {
    for (const listener of listeners) Reflect.apply(listener, server, heard);
  };
};
