import { expect, it, vi } from "vitest";
import { FunctionError } from "../../../../local/lambda/errors.ts";
import { asyncInvocations } from "../../../../local/lambda/invoke/asyncInvocations.ts";
import { asyncPendingMax } from "../../../../local/lambda/limits.ts";

const broken = new FunctionError({ errorType: "Error", errorMessage: "broken" });

it("retries a failed invocation after each wait, then logs an error", async () => {
  const run = vi.fn().mockRejectedValue(broken);
  const log = vi.fn();
  asyncInvocations({ functionName: "fn", run, waitsMs: [1, 1], log }).add("{}");
  await vi.waitFor(() =>
    expect(log).toHaveBeenCalledWith(expect.stringContaining("failed"), expect.anything(), "error"),
  );
  expect(run).toHaveBeenCalledTimes(3);
});

it("stops retrying after a success", async () => {
  const run = vi.fn().mockRejectedValueOnce(broken).mockResolvedValue("null");
  const log = vi.fn();
  const invocations = asyncInvocations({ functionName: "fn", run, waitsMs: [1, 1], log });
  invocations.add('"first"');
  await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2));
  invocations.add('"second"');
  expect(run.mock.calls).toEqual([['"first"'], ['"first"'], ['"second"']]);
  expect(log).not.toHaveBeenCalled();
});

it("drops invocations above the limit and logs an error", () => {
  const run = vi.fn().mockReturnValue(new Promise(() => {}));
  const log = vi.fn();
  const invocations = asyncInvocations({ functionName: "fn", run, waitsMs: [], log });
  for (let i = 0; i < asyncPendingMax; i += 1) invocations.add("{}");
  expect(log).not.toHaveBeenCalled();
  invocations.add("{}");
  expect(log).toHaveBeenCalledOnce();
  expect(run).toHaveBeenCalledTimes(asyncPendingMax);
});

it("does not retry after a stop", async () => {
  const run = vi.fn().mockRejectedValue(broken);
  const log = vi.fn();
  const invocations = asyncInvocations({ functionName: "fn", run, waitsMs: [60_000], log });
  invocations.add("{}");
  await vi.waitFor(() => expect(run).toHaveBeenCalledOnce());
  invocations.stop();
  await vi.waitFor(() => expect(log).toHaveBeenCalledOnce());
});
