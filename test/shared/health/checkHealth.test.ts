import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { checkHealth } from "#shared/health/checkHealth.ts";
import { healthFreshMs, healthMs } from "#shared/health/limits.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const part = (name: string, ask: () => Promise<void>) => ({ name, ask: vi.fn(ask) });
const well = (name: string) => part(name, async () => {});
const broken = (name: string) => part(name, () => Promise.reject(new Error("no route")));
const mute = (name: string) => part(name, () => new Promise(() => {}));

const checking = (...vitals: ReturnType<typeof part>[]) => {
  const onSilence = vi.fn();
  return { onSilence, check: checkHealth({ region: "r1", vitals, now: Date.now, onSilence }) };
};

it("a region whose parts all answer does its work", async () => {
  const { check, onSilence } = checking(well("broker"), well("queue"));
  expect(await check()).toEqual({ region: "r1" });
  expect(onSilence).not.toHaveBeenCalled();
});

it("names each part that fails, and says why to the log", async () => {
  const { check, onSilence } = checking(broken("broker"), well("queue"), broken("clock"));
  await expect(check()).rejects.toMatchObject({
    code: "unavailable",
    status: 503,
    message: "r1: no answer from broker, clock",
  });
  expect(onSilence.mock.calls).toEqual([
    ["broker", new Error("no route")],
    ["clock", new Error("no route")],
  ]);
});

it("waits for all parts together no longer than for one", async () => {
  const { check } = checking(mute("broker"), mute("queue"));
  const answer = expect(check()).rejects.toThrow("broker, queue");
  await vi.advanceTimersByTimeAsync(healthMs);
  await answer;
});

it("tells whoever asks meanwhile the same, and asks again when that is old", async () => {
  const broker = well("broker");
  const { check } = checking(broker);
  await Promise.all([check(), check()]);
  vi.advanceTimersByTime(healthFreshMs - 1);
  await check();
  expect(broker.ask).toHaveBeenCalledTimes(1);
  broker.ask.mockRejectedValue(new Error("gone"));
  vi.advanceTimersByTime(1);
  await expect(check()).rejects.toThrow("broker");
  await expect(check()).rejects.toThrow("broker");
  expect(broker.ask).toHaveBeenCalledTimes(2);
});
