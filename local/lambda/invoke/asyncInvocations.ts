import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../platform/log.ts";
import { type FunctionCounts, newFunctionCounts } from "../environment/functionCounts.ts";
import { FunctionError, ThrottledError } from "../errors.ts";
import {
  asyncAgeMsMax,
  asyncPendingMax,
  asyncRetryWaitsMs,
  asyncThrottledMsMax,
  asyncThrottledMsMin,
} from "../limits.ts";

/** What Lambda does with asynchronous invocations that fail or are throttled. */
export interface AsyncInvokeConfig {
  /** Repetitions after an error of the function. */
  readonly retriesMax: number;
  /** The age at which an invocation is dropped. */
  readonly ageMsMax: number;
}

/** The asynchronous invocations of one function. */
export interface AsyncInvocations {
  /** Invokes the function as soon as possible. */
  add(payload: string): void;
  /** Replaces the defaults: two repetitions, six hours. */
  configure(config: Partial<AsyncInvokeConfig>): void;
  /** Drops the invocations that wait. */
  stop(): void;
}

interface AsyncInvocationsDeps {
  readonly functionName: string;
  /** Invokes the function. Fails with a `ThrottledError` if it is throttled. */
  readonly run: (payload: string) => Promise<unknown>;
  readonly counts?: Pick<FunctionCounts, "asyncReceived" | "asyncDropped" | "asyncAges">;
  readonly now?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly log: Log;
}

/**
 * Queues asynchronous invocations in memory, so that they end with the process. As Lambda does, it
 * repeats an invocation whose function failed twice, after one and two minutes, and one that was
 * throttled after 1 s, then after intervals that double up to 5 minutes, until it is too old.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const asyncInvocations = ({
  functionName,
  run,
  counts = newFunctionCounts(),
  now = Date.now,
  wait = (ms, signal) => sleep(ms, undefined, { signal, ref: false }),
  log,
}: AsyncInvocationsDeps): AsyncInvocations => {
  const stopping = new AbortController();
  let config: AsyncInvokeConfig = { retriesMax: asyncRetryWaitsMs.length, ageMsMax: asyncAgeMsMax };
  let pending = 0;

  const attempt = async (payload: string): Promise<void> => {
    const addedAt = now();
    let [failures, throttles] = [0, 0];
    for (;;) {
      let waitMs: number;
      counts.asyncAges.add(now() - addedAt);
      try {
        await run(payload);
        return;
      } catch (error) {
        if (error instanceof ThrottledError) {
          waitMs = Math.min(asyncThrottledMsMin * 2 ** throttles, asyncThrottledMsMax);
          throttles += 1;
        } else {
          const retryMs = asyncRetryWaitsMs[failures];
          const isLast = failures >= config.retriesMax || retryMs === undefined;
          if (!(error instanceof FunctionError) || isLast) throw error;
          waitMs = retryMs;
          failures += 1;
        }
        const leftMs = addedAt + config.ageMsMax - now();
        if (waitMs >= leftMs) throw new Error(`too old to be repeated: ${error.message}`);
      }
      await wait(waitMs, stopping.signal);
    }
  };

  return {
    add(payload) {
      counts.asyncReceived += 1;
      if (pending >= asyncPendingMax) {
        counts.asyncDropped += 1;
        log("asynchronous invocation dropped", { function: functionName, pending }, "error");
        return;
      }
      pending += 1;
      attempt(payload)
        .catch((error: unknown) => {
          if (stopping.signal.aborted) return;
          counts.asyncDropped += 1;
          const reason = error instanceof Error ? error.message : String(error);
          log("asynchronous invocation failed", { function: functionName, reason }, "error");
        })
        .finally(() => {
          pending -= 1;
        });
    },
    configure(next) {
      config = { ...config, ...next };
    },
    stop: () => stopping.abort(),
  };
};
