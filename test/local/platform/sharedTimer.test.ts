import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { afterStep, stepMs } from "../../../local/platform/sharedTimer.ts";

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

it("functions that are due in one step need one timer", () => {
  const ran: string[] = [];
  const begun = performance.now();
  afterStep(20, () => ran.push("first"));
  afterStep(10, () => ran.push("second"));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersToNextTimer();
  expect(ran).toEqual(["first", "second"]);
  expect(performance.now() - begun).toBeLessThanOrEqual(20 + stepMs);
});

it("a function that is cancelled does not run", () => {
  const ran: string[] = [];
  const cancel = afterStep(20, () => ran.push("cancelled"));
  afterStep(20, () => ran.push("other"));
  cancel();
  vi.advanceTimersByTime(20 + stepMs);
  expect(ran).toEqual(["other"]);
});

it("a function that schedules itself again runs in the rhythm of the steps", () => {
  const times: number[] = [];
  const run = (): void => {
    times.push(performance.now());
    if (times.length < 8) afterStep(2 * stepMs, run);
  };
  run();
  vi.advanceTimersByTime(20 * stepMs);
  const gaps = times.slice(2).map((at, i) => at - (times[i + 1] ?? 0));
  expect(gaps).toEqual(gaps.map(() => 2 * stepMs));
});
