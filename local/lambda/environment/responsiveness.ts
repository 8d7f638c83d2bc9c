import type { Worker } from "node:worker_threads";
import { threadCheckMs, threadComputesFractionMin, threadUnresponsiveMsMax } from "../limits.ts";

interface Reactions {
  /** Asks the thread for an answer, which is reported by `pong`. */
  readonly ping: () => void;
  readonly onUnresponsive: () => void;
}

/** The watch of a thread's responses. */
export interface ResponseWatch {
  /** Starts the watch, or continues it: the thread loads a function or handles an invocation. */
  start(): void;
  /** Ends the watch when the thread waits: what it began may still compute. */
  end(): void;
  /** The thread has answered. */
  pong(): void;
  stop(): void;
}

/**
 * Detects a thread that computes without a pause and does not respond, as in an endless loop. A
 * thread that waits is not asked. Counts checks, not time: while the machine sleeps, none happens.
 * An idle thread is not checked, because each check wakes this one.
 */
export const watchResponses = (
  { performance }: Pick<Worker, "performance">,
  { ping, onUnresponsive }: Reactions,
): ResponseWatch => {
  let before = performance.eventLoopUtilization();
  let unanswered = 0;
  let isNeeded = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const check = (): void => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization < threadComputesFractionMin) {
      unanswered = 0;
      if (!isNeeded) stop();
      return;
    }
    if (unanswered === 0) ping();
    unanswered += 1;
    if (unanswered > threadUnresponsiveMsMax / threadCheckMs) onUnresponsive();
  };
  return {
    start() {
      isNeeded = true;
      if (timer !== undefined) return;
      before = performance.eventLoopUtilization();
      timer = setInterval(check, threadCheckMs).unref();
    },
    end() {
      isNeeded = false;
    },
    pong(): void {
      unanswered = 0;
    },
    stop,
  };
};
