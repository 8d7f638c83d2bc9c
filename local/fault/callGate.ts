import { setTimeout as wait } from "node:timers/promises";
import { AwsError } from "../http/awsJsonClient.ts";
import { startCuttableCall } from "./cuttableCall.ts";
import type { Condition, ServiceName } from "./fault.ts";
import { ConnectionCut } from "./faultGate.ts";
import type { InterceptorState } from "./interceptor.ts";

/** The conditions of a service for calls of functions, without requests. */
export interface CallGate {
  /**
   * Makes a call, after the delay of the service's fault. Fails with a `ConnectionCut` when the
   * service is stopped or stops during the call, and with an `AwsError` when the fault says so. The
   * call's signal is aborted when the service stops, or by `signal`.
   */
  run<Result>(
    operation: string,
    call: (signal: AbortSignal) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  set(state: InterceptorState): void;
}

/** Applies the conditions that a drill sets to the calls of one service. */
export const callGate = (service: ServiceName): CallGate => {
  let condition: Condition | undefined;
  const inFlight = new Set<(error: ConnectionCut) => void>();
  const stopped = () => new ConnectionCut(`${service} has stopped`);

  const admit = async (operation: string): Promise<void> => {
    await wait(condition?.fault?.delayMs ?? 0);
    if (condition?.isStopped) throw stopped();
    const error = condition?.fault?.error;
    if (error === undefined || error.tables !== undefined) return;
    if (error.operations !== undefined && !error.operations.includes(operation)) return;
    if (Math.random() >= error.share) return;
    const { code, status } = error;
    throw new AwsError(`${operation}: ${code} an injected fault`, { code, status });
  };
  return {
    async run(operation, call, signal) {
      if (condition !== undefined) await admit(operation);
      const { result, cut } = startCuttableCall(call, signal);
      inFlight.add(cut);
      try {
        return await result;
      } finally {
        inFlight.delete(cut);
      }
    },
    set({ conditions }) {
      condition = conditions[service];
      if (!condition?.isStopped) return;
      for (const cut of inFlight) cut(stopped());
    },
  };
};
