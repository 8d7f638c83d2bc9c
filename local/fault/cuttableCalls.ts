import { type Cancellation, Canceller } from "../platform/cancellation.ts";
import { ConnectionCut } from "./connectionCut.ts";
import type { ServiceName } from "./fault.ts";

/** The calls in progress to services. They can be cut, as connections are when a service stops. */
export interface CuttableCalls {
  /**
   * Makes a call. Fails with a `ConnectionCut` when its service stops meanwhile. The call is
   * cancelled then, and when the client leaves (`client`), so that it does not receive messages or
   * change data for a client that no longer waits. A call that returns no promise cannot be cut:
   * its result is returned at once.
   */
  run<Result>(
    name: ServiceName,
    call: (cancellation: Cancellation) => Result | Promise<Result>,
    client?: Cancellation,
  ): Result | Promise<Result>;
  /** Cuts the calls in progress to each service for which this returns true. */
  cut(isStopped: (name: ServiceName) => boolean): void;
}

/** Creates an empty set of calls. */
export const cuttableCalls = (): CuttableCalls => {
  const inFlight = new Set<{ readonly name: ServiceName; cut(error: Error): void }>();
  const wait = async <Result>(
    name: ServiceName,
    answer: Promise<Result>,
    canceller: Canceller,
  ): Promise<Result> => {
    const stopped = Promise.withResolvers<never>();
    const entry = {
      name,
      cut(error: Error): void {
        // Before the cancellation, so that the result fails with this error.
        stopped.reject(error);
        canceller.cancel(error);
      },
    };
    inFlight.add(entry);
    try {
      return await Promise.race([answer, stopped.promise]);
    } finally {
      inFlight.delete(entry);
      canceller.close();
    }
  };
  return {
    run(name, call, client) {
      const canceller = new Canceller(client);
      let isPending = false;
      try {
        const answer = call(canceller);
        if (!(answer instanceof Promise)) return answer;
        isPending = true;
        return wait(name, answer, canceller);
      } finally {
        if (!isPending) canceller.close();
      }
    },
    cut(isStopped) {
      for (const { name, cut } of inFlight) {
        if (isStopped(name)) cut(new ConnectionCut(`${name} has stopped`));
      }
    },
  };
};
