import { setTimeout as wait } from "node:timers/promises";
import type { AwsHandler, AwsRequest, AwsResponse } from "../http/awsRequest.ts";
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
    signal?: AbortSignal,
  ): Promise<AwsResponse | undefined> => {
    await wait(state.conditions[name]?.fault?.delayMs ?? 0);
    // A client that has left repeats its request: the service would execute it twice.
    signal?.throwIfAborted();
    const { isStopped = false, fault } = state.conditions[name] ?? {};
    if (isStopped) throw new ConnectionCut(`${name} has stopped`);
    if (fault?.error === undefined || !matchesFaultRequest(request, fault.error)) return undefined;
    return faultResponse(name, fault.error);
  };
  const forward = async (
    request: AwsRequest,
    peer: string,
    signal?: AbortSignal,
  ): Promise<AwsResponse> => {
    try {
      return await forwardAwsRequest(request, peer, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ConnectionCut("the service of the other region does not answer", { cause: error });
    }
  };
  const handle: AwsHandler = async (request, signal) => {
    const asked = signedRegion(request);
    const peer = asked === undefined || asked === region ? undefined : state.peers[asked];
    if (peer !== undefined) return await forward(request, peer, signal);
    const name = serviceOf(request);
    if (name === undefined) return await handler(request, signal);
    if (state.conditions[name] !== undefined) {
      const response = await applyFault(request, name, signal);
      if (response !== undefined) return response;
    }
    return await calls.run(name, (left) => handler(request, left), signal);
  };
  return {
    handle,
    set(next) {
      state = next;
      calls.cut((name) => next.conditions[name]?.isStopped ?? false);
    },
  };
};
