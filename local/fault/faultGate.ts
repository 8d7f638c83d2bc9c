import { setTimeout as wait } from "node:timers/promises";
import type { AwsHandler, AwsRequest, AwsResponse } from "../http/awsRequest.ts";
import type { Cancellation } from "../platform/cancellation.ts";
import { ConnectionCut } from "./connectionCut.ts";
import { cuttableCalls } from "./cuttableCalls.ts";
import { faultResponse, matchesFaultRequest } from "./errorResponse.ts";
import type { ServiceName } from "./fault.ts";
import { forwardAwsRequest, signedRegion } from "./forwardRequest.ts";
import type { InterceptorState } from "./interceptor.ts";

/** A handler with the conditions that a drill sets. */
export interface FaultGate {
  readonly handle: AwsHandler;
  /** Cuts requests in flight to a service that stops. */
  set(state: InterceptorState): void;
}

/** The service of a request, by which drills set faults; `undefined` for one without faults. */
export type ServiceOf = (request: Pick<AwsRequest, "headers">) => ServiceName | undefined;

interface GateOptions {
  readonly region: string;
  readonly serviceOf: ServiceOf;
}

/**
 * Applies the conditions of a service to requests that do not arrive over HTTP. A request that is
 * signed for another region is forwarded to that region's server. Fails with a `ConnectionCut`
 * where a server would close the connection.
 */
export const faultGate = (handler: AwsHandler, { region, serviceOf }: GateOptions): FaultGate => {
  let state: InterceptorState = { conditions: {}, peers: {} };
  const calls = cuttableCalls();

  const applyFault = async (
    request: AwsRequest,
    name: ServiceName,
    client: Cancellation | undefined,
  ): Promise<AwsResponse> => {
    await wait(state.conditions[name]?.fault?.delayMs ?? 0);
    // A client that has left repeats its request: the service would execute it twice.
    if (client?.isCancelled) throw client.reason;
    const { isStopped = false, fault } = state.conditions[name] ?? {};
    if (isStopped) throw new ConnectionCut(`${name} has stopped`);
    if (fault?.error !== undefined && matchesFaultRequest(request, fault.error)) {
      return faultResponse(name, fault.error);
    }
    return await run(request, name, client);
  };
  const run = (
    request: AwsRequest,
    name: ServiceName,
    client: Cancellation | undefined,
  ): AwsResponse | Promise<AwsResponse> =>
    calls.run(name, (cancellation) => handler(request, cancellation), client);
  const forward = async (
    request: AwsRequest,
    peer: string,
    client: Cancellation | undefined,
  ): Promise<AwsResponse> => {
    try {
      return await forwardAwsRequest(request, peer, client?.signal);
    } catch (error) {
      if (client?.isCancelled) throw error;
      throw new ConnectionCut("the service of the other region does not answer", { cause: error });
    }
  };
  const handle: AwsHandler = (request, client) => {
    const asked = signedRegion(request);
    const peer = asked === undefined || asked === region ? undefined : state.peers[asked];
    if (peer !== undefined) return forward(request, peer, client);
    const name = serviceOf(request);
    if (name === undefined) return handler(request, client);
    const isUsual = state.conditions[name] === undefined;
    return isUsual ? run(request, name, client) : applyFault(request, name, client);
  };
  return {
    handle,
    set(next) {
      state = next;
      calls.cut((name) => next.conditions[name]?.isStopped ?? false);
    },
  };
};
