/** A call that can be cut, as a connection is when its service stops. */
export interface CuttableCall<Result> {
  /** Fails with the error of the cut. */
  readonly result: Promise<Result>;
  cut(error: Error): void;
}

/**
 * Starts a call. Its signal is aborted when the call is cut and when the client leaves (`client`),
 * so that it does not receive messages or change data for a client that no longer waits.
 */
export const startCuttableCall = <Result>(
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
