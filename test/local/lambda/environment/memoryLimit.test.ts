import type { HeapInfo } from "node:v8";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { watchMemory } from "../../../../local/lambda/environment/memoryLimit.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

/** A thread that computes for `activeMs` in each interval of 50 ms, and holds this memory. */
const watchThread = ({ activeMs, usedMb }: { activeMs: number; usedMb: number }) => {
  const onOver = vi.fn();
  const heap = { used_heap_size: usedMb * 1_048_576, external_memory: 0 } as HeapInfo;
  const getHeapStatistics = vi.fn(async () => heap);
  const eventLoopUtilization = () => {
    const active = (performance.now() / 50) * activeMs;
    return { idle: performance.now() - active, active, utilization: activeMs / 50 };
  };
  const watch = watchMemory(
    { performance: { eventLoopUtilization }, getHeapStatistics },
    () => 100,
    onOver,
  );
  watch.start();
  onTestFinished(async () => {
    watch.end();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
  });
  return { onOver, getHeapStatistics };
};

it("a thread that always computes is measured in each interval", async () => {
  const { getHeapStatistics } = watchThread({ activeMs: 50, usedMb: 10 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(getHeapStatistics.mock.calls.length).toBeGreaterThanOrEqual(18);
});

it("a thread that computes for a few milliseconds at a time is measured seldom", async () => {
  const { getHeapStatistics } = watchThread({ activeMs: 6, usedMb: 10 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(getHeapStatistics.mock.calls.length).toBeLessThanOrEqual(3);
});

it("memory that grows in many short steps is noticed", async () => {
  const { onOver } = watchThread({ activeMs: 2, usedMb: 300 });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(onOver).toHaveBeenCalledWith(300);
});

it("a thread that only waits is not measured", async () => {
  const { getHeapStatistics } = watchThread({ activeMs: 0, usedMb: 300 });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(getHeapStatistics).not.toHaveBeenCalled();
});
