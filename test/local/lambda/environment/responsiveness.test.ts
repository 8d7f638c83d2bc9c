import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { watchResponses } from "../../../../local/lambda/environment/responsiveness.ts";
import { threadUnresponsiveMsMax } from "../../../../local/lambda/limits.ts";

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

/** A thread that computes for this fraction of the time. */
const watchThread = () => {
  const thread = { fraction: 0 };
  let computed = 0;
  let at = performance.now();
  const eventLoopUtilization = (
    now?: { active: number; idle: number },
    before = { active: 0, idle: 0 },
  ) => {
    if (now === undefined) {
      computed += (performance.now() - at) * thread.fraction;
      at = performance.now();
      return { active: computed, idle: at - computed, utilization: 0 };
    }
    const active = now.active - before.active;
    return { active, idle: 0, utilization: active / (active + now.idle - before.idle) };
  };
  const reactions = { ping: vi.fn(), onUnresponsive: vi.fn() };
  const watch = watchResponses({ performance: { eventLoopUtilization } }, reactions);
  return { thread, watch, ...reactions };
};

it("an idle thread needs no timer, before and after an invocation", () => {
  const { watch } = watchThread();
  expect(vi.getTimerCount()).toBe(0);
  watch.start();
  expect(vi.getTimerCount()).toBe(1);
  watch.end();
  vi.advanceTimersByTime(2_000);
  expect(vi.getTimerCount()).toBe(0);
});

it("a thread that computes and does not answer is reported", () => {
  const { thread, watch, onUnresponsive } = watchThread();
  watch.start();
  thread.fraction = 1;
  vi.advanceTimersByTime(threadUnresponsiveMsMax - 1_000);
  expect(onUnresponsive).not.toHaveBeenCalled();
  vi.advanceTimersByTime(3_000);
  expect(onUnresponsive).toHaveBeenCalled();
});

it("so is one that still computes after its last invocation has ended", () => {
  const { thread, watch, onUnresponsive } = watchThread();
  watch.start();
  thread.fraction = 1;
  watch.end();
  vi.advanceTimersByTime(threadUnresponsiveMsMax + 2_000);
  expect(onUnresponsive).toHaveBeenCalled();
});

it("a thread that answers is not reported", () => {
  const { thread, watch, ping, onUnresponsive } = watchThread();
  ping.mockImplementation(() => void setTimeout(watch.pong, 10));
  watch.start();
  thread.fraction = 1;
  vi.advanceTimersByTime(10 * threadUnresponsiveMsMax);
  expect(ping).toHaveBeenCalled();
  expect(onUnresponsive).not.toHaveBeenCalled();
});
