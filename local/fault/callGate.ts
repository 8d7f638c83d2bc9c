import { setTimeout as wait } from "node:timers/promises";
import { AwsError } from "../http/awsJsonClient.ts";
import type { Cancellation } from "../platform/cancellation.ts";
import { ConnectionCut } from "./connectionCut.ts";
import { cuttableCalls } from "./cuttableCalls.ts";
import type { Condition, ServiceName } from "./fault.ts";
import type { InterceptorState } from "./interceptor.ts";

/** The conditions of a service for calls of functions, without requests. */
export interface CallGate {
  /**
   * Makes a call, after the delay of the service's fault. Fails with a `ConnectionCut` when the
   * service is stopped or stops during the call, and with an `AwsError` when the fault says so. The
   * call is cancelled when the service stops, or by `client`. Without a fault, returns what the
   * call returns at once.
   */
  run<Result>(
    operation: string,
    call: (cancellation: Cancellation) => Result | Promise<Result>,
    client?: Cancellation,
  ): Result | Promise<Result>;
  set(state: InterceptorState): void;
}

/** Applies the conditions that a drill sets to the calls of one service. */
export const callGate = (service: ServiceName): CallGate => {
  let condition: Condition | undefined;
  const calls = cuttableCalls();

  const admit = async (operation: string): Promise<void> => {
    await wait(condition?.fault?.delayMs ?? 0);
    if (condition?.isStopped) throw new ConnectionCut(`${service} has stopped`);
    const error = condition?.fault?.error;
    if (error === undefined || error.tables !== undefined) return;
    if (error.operations !== undefined && !error.operations.includes(operation)) return;
    if (Math.random() >= error.share) return;
    const { code, status } = error;
    throw new AwsError(`${operation}: ${code} an injected fault`, { code, status });
  };
  return {
    run(operation, call, client) {
      if (condition === undefined) return calls.run(service, call, client);
      return admit(operation).then(() => calls.run(service, call, client));
    },
    set({ conditions }) {
      condition = conditions[service];
      calls.cut(() => condition?.isStopped ?? false);
    },
  };
};
