import { setTimeout as wait } from "node:timers/promises";
import type { Log } from "../../platform/log.ts";
import { FunctionError } from "../errors.ts";
import { asyncPendingMax } from "../limits.ts";

/** The asynchronous invocations of one function. */
export interface AsyncInvocations {
  /**
   * Invokes the function as soon as possible, and after each failure again after the next of the
   * waits.
   */
  add(payload: string): void;
  /** Drops the invocations that wait for a retry. */
  stop(): void;
}

interface AsyncInvocationsDeps {
  readonly functionName: string;
  /** Invokes the function; waits for a free environment. */
  readonly run: (payload: string) => Promise<unknown>;
  /** Waits before the retries. */
  readonly waitsMs: readonly number[];
  readonly log: Log;
}

/**
 * Queues asynchronous invocations in memory, so that they end with the process; Lambda keeps them
 * for six hours.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const asyncInvocations = ({
  functionName,
  run,
  waitsMs,
  log,
}: AsyncInvocationsDeps): AsyncInvocations => {
  const stopping = new AbortController();
  let pending = 0;

  const attempt = async (payload: string): Promise<void> => {
    for (const waitMs of [...waitsMs, undefined]) {
      try {
        await run(payload);
        return;
      } catch (error) {
        if (!(error instanceof FunctionError) || waitMs === undefined) throw error;
        await wait(waitMs, undefined, { signal: stopping.signal, ref: false });
      }
    }
  };

  return {
    add(payload) {
      if (pending >= asyncPendingMax) {
        log("asynchronous invocation dropped", { function: functionName, pending }, "error");
        return;
      }
      pending += 1;
      attempt(payload)
        .catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          log("asynchronous invocation failed", { function: functionName, reason }, "error");
        })
        .finally(() => {
          pending -= 1;
        });
    },
    stop: () => stopping.abort(),
  };
};
