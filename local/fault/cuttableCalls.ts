import { ConnectionCut } from "./connectionCut.ts";
import type { ServiceName } from "./fault.ts";

/** The calls in progress to services. They can be cut, as connections are when a service stops. */
export interface CuttableCalls {
  /**
   * Makes a call. Fails with a `ConnectionCut` when its service stops meanwhile. The call's signal
   * is aborted then, and when the client leaves (`client`).
   */
  run<Result>(
    name: ServiceName,
    call: (signal: AbortSignal) => Promise<Result>,
    client?: AbortSignal,
  ): Promise<Result>;
  /** Cuts the calls in progress to each service for which this returns true. */
  cut(isStopped: (name: ServiceName) => boolean): void;
}

/** Creates an empty set of calls. */
export const cuttableCalls = (): CuttableCalls => {
  const inFlight = new Set<{ readonly name: ServiceName; cut(error: Error): void }>();
  return {
    async run(name, call, client) {
      const { result, cut } = startCuttableCall(call, client);
      const entry = { name, cut };
      inFlight.add(entry);
      try {
        return await result;
      } finally {
        inFlight.delete(entry);
      }
    },
    cut(isStopped) {
      for (const { name, cut } of inFlight) {
        if (isStopped(name)) cut(new ConnectionCut(`${name} has stopped`));
      }
    },
  };
};

interface CuttableCall<Result> {
  /** Fails with the error of the cut. */
  readonly result: Promise<Result>;
  cut(error: Error): void;
}

/**
 * Starts a call. Its signal is aborted when the call is cut and when the client leaves (`client`),
 * so that it does not receive messages or change data for a client that no longer waits.
 */
const startCuttableCall = <Result>(
  call: (signal: AbortSignal) => Promise<Result>,
  client?: AbortSignal,
): CuttableCall<Result> => {
  const left = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const leave = (): void => left.abort(client?.reason);
  if (client?.aborted) leave();
  else client?.addEventListener("abort", leave);
  const run = async (): Promise<Result> => {
    try {
      return await Promise.race([call(left.signal), stopped.promise]);
    } finally {
      client?.removeEventListener("abort", leave);
    }
  };
  return {
    result: run(),
    cut(error) {
      // Before the abort, so that the result fails with this error.
      stopped.reject(error);
      left.abort(error);
    },
  };
};
