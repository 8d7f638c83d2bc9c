import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { checkHealth } from "#shared/health/checkHealth.ts";
import { healthCacheMs, healthCheckMsMax } from "#shared/health/limits.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const part = (name: string, check: () => Promise<void>) => ({ name, check: vi.fn(check) });
const healthy = (name: string) => part(name, async () => {});
const broken = (name: string) => part(name, () => Promise.reject(new Error("no route")));
const mute = (name: string) => part(name, () => new Promise(() => {}));

const checking = (...checks: ReturnType<typeof part>[]) => {
  const onUnhealthy = vi.fn();
  return { onUnhealthy, check: checkHealth({ region: "r1", checks, now: Date.now, onUnhealthy }) };
};

it("a region is healthy if all checks respond", async () => {
  const { check, onUnhealthy } = checking(healthy("broker"), healthy("queue"));
  expect(await check()).toEqual({ region: "r1" });
  expect(onUnhealthy).not.toHaveBeenCalled();
});

it("names each failed check and reports its error", async () => {
  const { check, onUnhealthy } = checking(broken("broker"), healthy("queue"), broken("clock"));
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

it("runs checks concurrently, with one timeout", async () => {
  const { check } = checking(mute("broker"), mute("queue"));
  const answer = expect(check()).rejects.toThrow("broker, queue");
  await vi.advanceTimersByTimeAsync(healthCheckMsMax);
  await answer;
});

it("caches the result for a while", async () => {
  const broker = healthy("broker");
  const { check } = checking(broker);
  await Promise.all([check(), check()]);
  vi.advanceTimersByTime(healthCacheMs - 1);
  await check();
  expect(broker.check).toHaveBeenCalledTimes(1);
  broker.check.mockRejectedValue(new Error("disconnected"));
  vi.advanceTimersByTime(1);
  await expect(check()).rejects.toThrow("broker");
  await expect(check()).rejects.toThrow("broker");
  expect(broker.check).toHaveBeenCalledTimes(2);
});
