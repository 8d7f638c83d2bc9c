import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { checkHealth } from "#shared/health/checkHealth.ts";
import { healthCacheMs, healthCheckMsMax } from "#shared/health/limits.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const part = (name: string, check: () => Promise<void>) => ({ name, check: vi.fn(check) });
const well = (name: string) => part(name, async () => {});
const broken = (name: string) => part(name, () => Promise.reject(new Error("no route")));
const mute = (name: string) => part(name, () => new Promise(() => {}));

const checking = (...checks: ReturnType<typeof part>[]) => {
  const onUnhealthy = vi.fn();
  return { onUnhealthy, check: checkHealth({ region: "r1", checks, now: Date.now, onUnhealthy }) };
};

it("a region whose parts all answer does its work", async () => {
  const { check, onUnhealthy } = checking(well("broker"), well("queue"));
  expect(await check()).toEqual({ region: "r1" });
  expect(onUnhealthy).not.toHaveBeenCalled();
});

it("names each part that fails, and says why to the log", async () => {
  const { check, onUnhealthy } = checking(broken("broker"), well("queue"), broken("clock"));
  await expect(check()).rejects.toMatchObject({
    code: "unavailable",
    status: 503,
    message: "r1: no response from broker, clock",
  });
  expect(onUnhealthy.mock.calls).toEqual([
    ["broker", new Error("no route")],
    ["clock", new Error("no route")],
  ]);
});

it("waits for all parts together no longer than for one", async () => {
  const { check } = checking(mute("broker"), mute("queue"));
  const answer = expect(check()).rejects.toThrow("broker, queue");
  await vi.advanceTimersByTimeAsync(healthCheckMsMax);
  await answer;
});

it("tells whoever asks meanwhile the same, and asks again when that is old", async () => {
  const broker = well("broker");
  const { check } = checking(broker);
  await Promise.all([check(), check()]);
  vi.advanceTimersByTime(healthCacheMs - 1);
  await check();
  expect(broker.check).toHaveBeenCalledTimes(1);
  broker.check.mockRejectedValue(new Error("gone"));
  vi.advanceTimersByTime(1);
  await expect(check()).rejects.toThrow("broker");
  await expect(check()).rejects.toThrow("broker");
  expect(broker.check).toHaveBeenCalledTimes(2);
});
