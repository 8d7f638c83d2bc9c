import type { Worker } from "node:worker_threads";
import { afterStep } from "../../platform/sharedTimer.ts";
import { memoryCheckActiveMsMin, memoryCheckMs, memorySlack } from "../limits.ts";

const bytesPerMb = 1_048_576;

/** The watch of a thread's memory. */
export interface MemoryWatch {
  /** Starts the watch, or continues it. */
  start(): void;
  /** Ends the watch at the next check, because quick invocations start it again at once. */
  end(): void;
}

/**
 * Watches the memory of a thread (heap and buffers) and calls `onOver` when it exceeds the limit.
 *
 * V8's own limit is unsuitable: when a thread exceeds it in one large step, such as a growing
 * array, V8 terminates the whole process. That limit is therefore very high, and the memory is
 * measured from outside. A thread that V8 cannot interrupt (some loops of built-in calls) escapes
 * this watch and every timeout; only a separate process would contain it, as Lambda's virtual
 * machine does.
 */
export const watchMemory = (
  worker: Pick<Worker, "performance" | "getHeapStatistics">,
  memoryMbMax: () => number,
  onOver: (usedMb: number) => void,
): MemoryWatch => {
  let isMeasuring = false;
  let isNeeded = false;
  let isScheduled = false;
  /** The thread's time without waiting, in ms, at the last measurement. */
  let measuredAt = 0;
  const measure = async (): Promise<void> => {
    if (isMeasuring) return;
    // A thread that only waits allocates no memory. A measurement interrupts the thread, and
    // hundreds may wait at once.
    const { active } = worker.performance.eventLoopUtilization();
    if (active - measuredAt < memoryCheckActiveMsMin) return;
    measuredAt = active;
    isMeasuring = true;
    // A thread that has exited holds no memory.
    const held = await worker.getHeapStatistics().catch(() => undefined);
    isMeasuring = false;
    const usedMb = ((held?.used_heap_size ?? 0) + (held?.external_memory ?? 0)) / bytesPerMb;
    if (usedMb > memoryMbMax() * memorySlack) onOver(usedMb);
  };
  const check = (): void => {
    isScheduled = isNeeded;
    if (!isNeeded) return;
    afterStep(memoryCheckMs, check);
    void measure();
  };
  return {
    start() {
      isNeeded = true;
      if (isScheduled) return;
      isScheduled = true;
      afterStep(memoryCheckMs, check);
    },
    end() {
      isNeeded = false;
    },
  };
};
