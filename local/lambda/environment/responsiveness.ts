import type { Worker } from "node:worker_threads";
import { threadCheckMs, threadComputesFractionMin, threadUnresponsiveMsMax } from "../limits.ts";

interface Reactions {
  /** Asks the thread for an answer, which is reported by `pong`. */
  readonly ping: () => void;
  readonly onUnresponsive: () => void;
}

/**
 * Detects a thread that computes without a pause and does not respond, as in an endless loop. A
 * thread that waits is not asked. Counts checks, not time: while the machine sleeps, none happens.
 */
export const watchResponses = (
  { performance }: Pick<Worker, "performance">,
  { ping, onUnresponsive }: Reactions,
) => {
  let before = performance.eventLoopUtilization();
  let unanswered = 0;
  const check = (): void => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization < threadComputesFractionMin) {
      unanswered = 0;
      return;
    }
    if (unanswered === 0) ping();
    unanswered += 1;
    if (unanswered > threadUnresponsiveMsMax / threadCheckMs) onUnresponsive();
  };
  const timer = setInterval(check, threadCheckMs).unref();
  return {
    pong(): void {
      unanswered = 0;
    },
    stop: () => clearInterval(timer),
  };
};
