import type { Worker } from "node:worker_threads";
import { memoryCheckMs, memoryCheckPart, memorySlack } from "../limits.ts";

const bytesPerMb = 1_048_576;

/**
 * Watches what a thread holds, heap and buffers together, and calls `onOver` once it is too much. Returns
 * what ends the watch.
 *
 * V8's own limit cannot do this: when a thread reaches it by one large step, as a growing array does, V8
 * ends the whole process. So that limit is far away, and the thread is looked at from outside. A thread
 * that V8 does not let be interrupted (some loops of nothing but built-in calls) escapes this watch, and
 * any time-out with it; only a process of its own would hold it, as Lambda's virtual machine does.
 */
export const watchMemory = (
  worker: Worker,
  memoryMb: number,
  onOver: (usedMb: number) => void,
): (() => void) => {
  let isAsking = false;
  let before = worker.performance.eventLoopUtilization();
  /** What only waits takes no memory. To ask a thread interrupts it, and hundreds may wait at once. */
  const computes = (): boolean => {
    const now = worker.performance.eventLoopUtilization();
    const { utilization } = worker.performance.eventLoopUtilization(now, before);
    before = now;
    return utilization >= memoryCheckPart;
  };
  const look = async (): Promise<void> => {
    if (isAsking || !computes()) return;
    isAsking = true;
    // The thread may be gone by now, and then it holds nothing.
    const held = await worker.getHeapStatistics().catch(() => undefined);
    isAsking = false;
    const usedMb = ((held?.used_heap_size ?? 0) + (held?.external_memory ?? 0)) / bytesPerMb;
    if (usedMb > memoryMb * memorySlack) onOver(usedMb);
  };
  const timer = setInterval(() => void look(), memoryCheckMs);
  return () => clearInterval(timer);
};
