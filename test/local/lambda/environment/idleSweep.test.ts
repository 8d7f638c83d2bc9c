import { expect, it, onTestFinished, vi } from "vitest";
import { sweepRegularly } from "../../../../local/lambda/environment/idleSweep.ts";
import { environmentIdleMs } from "../../../../local/lambda/limits.ts";

it("sweeps share one timer, which ends with the last of them", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const [one, other] = [vi.fn(), vi.fn()];
  const ends = [one, other].map(sweepRegularly);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(environmentIdleMs);
  expect(one).toHaveBeenCalledTimes(4);
  ends[0]!();
  ends[0]!();
  vi.advanceTimersByTime(environmentIdleMs);
  expect([one, other].map(({ mock }) => mock.calls.length)).toEqual([4, 8]);
  ends[1]!();
  expect(vi.getTimerCount()).toBe(0);
});
