import { expect, it, vi } from "vitest";
import { FunctionError, ThrottledError } from "../../../../local/lambda/errors.ts";
import {
  type AsyncInvokeConfig,
  asyncInvocations,
} from "../../../../local/lambda/invoke/asyncInvocations.ts";
import { asyncPendingMax } from "../../../../local/lambda/limits.ts";

const broken = new FunctionError({ errorType: "Error", errorMessage: "broken" });
const throttled = new ThrottledError("fn: Rate Exceeded");

/** Invocations under a virtual clock: a wait ends at once and advances the clock. */
const world = (run: (payload: string) => Promise<unknown>) => {
  const waits: number[] = [];
  const log = vi.fn();
  let ms = 0;
  const invocations = asyncInvocations({
    functionName: "fn",
    run,
    now: () => ms,
    wait: async (waitMs) => {
      waits.push(waitMs);
      ms += waitMs;
    },
    log,
  });
  const failed = async () => {
    await vi.waitFor(() =>
      expect(log).toHaveBeenCalledWith(
        "asynchronous invocation failed",
        expect.anything(),
        "error",
      ),
    );
  };
  return { invocations, waits, log, failed };
};

it("repeats an invocation whose function failed after one minute and after two, as Lambda does", async () => {
  const run = vi.fn().mockRejectedValue(broken);
  const { invocations, waits, failed } = world(run);
  invocations.add("{}");
  await failed();
  expect(run).toHaveBeenCalledTimes(3);
  expect(waits).toEqual([60_000, 120_000]);
});

it("repeats a throttled invocation for six hours, after waits that double up to five minutes", async () => {
  const run = vi.fn().mockRejectedValue(throttled);
  const { invocations, waits, failed } = world(run);
  invocations.add("{}");
  await failed();
  expect(waits.slice(0, 10).map((ms) => ms / 1_000)).toEqual([
    1, 2, 4, 8, 16, 32, 64, 128, 256, 300,
  ]);
  const hours = waits.reduce((sum, ms) => sum + ms) / 3_600_000;
  expect(hours).toBeGreaterThan(5.9);
  expect(hours).toBeLessThanOrEqual(6);
});

it("drops what is throttled for a minute, if the function is configured so", async () => {
  const run = vi.fn().mockRejectedValue(throttled);
  const { invocations, waits, failed } = world(run);
  const config: AsyncInvokeConfig = { retriesMax: 0, ageMsMax: 60_000 };
  invocations.configure(config);
  invocations.add("{}");
  await failed();
  expect(waits.reduce((sum, ms) => sum + ms)).toBeLessThan(60_000);
});

it("does not repeat an invocation whose function failed, if the function is configured so", async () => {
  const run = vi.fn().mockRejectedValue(broken);
  const { invocations, waits, failed } = world(run);
  invocations.configure({ retriesMax: 0 });
  invocations.add("{}");
  await failed();
  expect(run).toHaveBeenCalledOnce();
  expect(waits).toEqual([]);
});

it("stops repeating after a success", async () => {
  const run = vi
    .fn()
    .mockRejectedValueOnce(throttled)
    .mockRejectedValueOnce(broken)
    .mockResolvedValue("null");
  const { invocations, log, waits } = world(run);
  invocations.add('"first"');
  await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(3));
  invocations.add('"second"');
  expect(run.mock.calls.flat()).toEqual(['"first"', '"first"', '"first"', '"second"']);
  expect(waits).toEqual([1_000, 60_000]);
  expect(log).not.toHaveBeenCalled();
});

it("drops invocations above the limit and logs an error", () => {
  const run = vi.fn().mockReturnValue(new Promise(() => {}));
  const { invocations, log } = world(run);
  for (let i = 0; i < asyncPendingMax; i += 1) invocations.add("{}");
  expect(log).not.toHaveBeenCalled();
  invocations.add("{}");
  expect(log).toHaveBeenCalledOnce();
  expect(run).toHaveBeenCalledTimes(asyncPendingMax);
});

it("does not repeat anything after a stop", async () => {
  const run = vi.fn().mockRejectedValue(throttled);
  const log = vi.fn();
  const invocations = asyncInvocations({ functionName: "fn", run, log });
  invocations.add("{}");
  await vi.waitFor(() => expect(run).toHaveBeenCalledOnce());
  invocations.stop();
  await new Promise(setImmediate);
  expect([run.mock.calls.length, log.mock.calls.length]).toEqual([1, 0]);
});
