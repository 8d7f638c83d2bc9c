import { describe, expect, it } from "vitest";
import { ExecutionMeter } from "../../../local/lambda/environment/executionMeter.ts";
import { newFunctionCounts } from "../../../local/lambda/environment/functionCounts.ts";
import { functionMetrics } from "../../../local/lambda/functionMetrics.ts";
import { collected, sumsOf } from "../support/collected.ts";
import { create, deploy } from "./deploy.ts";

// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

const world = (reserved?: number) => {
  const counts = newFunctionCounts();
  const [ofAccount, unreserved] = [new ExecutionMeter(), new ExecutionMeter()];
  const functions = () => [{ name: "fn", reserved, counts }];
  const source = functionMetrics({ functions, ofAccount, unreserved });
  return {
    counts,
    ofAccount,
    unreserved,
    source,
    metrics: () => sumsOf(collected(source), { FunctionName: "fn" }),
    metricsOfAccount: () => sumsOf(collected(source), {}),
  };
};

describe("Lambda's metrics", () => {
  it("are absent in a minute without an invocation", () => {
    expect(collected(world(5).source)).toEqual([]);
  });

  it("have a sample of Errors and Throttles, 1 or 0, for each invocation", () => {
    const { counts, source, metrics } = world();
    Object.assign(counts, { invocations: 4, errors: 1, throttles: 2 });
    const data = collected(source).filter(({ dimensions }) => "FunctionName" in dimensions);

    expect(data.map(({ name, value, count }) => [name, value, count])).toEqual([
      ["Invocations", 1, 4],
      ["Errors", 1, 1],
      ["Errors", 0, 3],
      ["Throttles", 1, 2],
      ["Throttles", 0, 4],
    ]);
    expect(metrics()).toEqual({});
  });

  it("have the maximum of concurrent executions, also of those that started before", () => {
    const { counts, metrics } = world();
    counts.executions.start();
    counts.executions.start();
    counts.executions.end();

    expect(metrics()).toEqual({ ConcurrentExecutions: 2 });
    expect(metrics()).toEqual({ ConcurrentExecutions: 1 });
    counts.executions.end();
    expect(metrics()).toEqual({ ConcurrentExecutions: 1 });
    expect(metrics()).toEqual({});
  });

  it("claim the reserved concurrency and the other executions of the account", () => {
    const { ofAccount, unreserved, metricsOfAccount } = world(50);
    for (const meter of [ofAccount, unreserved, ofAccount]) meter.start();

    expect(metricsOfAccount()).toEqual({
      ConcurrentExecutions: 2,
      UnreservedConcurrentExecutions: 1,
      ClaimedAccountConcurrency: 51,
    });
  });
});

it("a function's invocations, errors and durations are counted at their end", async () => {
  const { lambda, name } = await deploy(
    "export const handler = async (e) => { if (e.bad) throw new Error('no'); };",
  );
  await lambda.invoke(name, {});
  await lambda.invoke(name, { bad: true }).catch(() => {});
  const data = collected(lambda.serviceMetrics);

  expect(sumsOf(data, { FunctionName: name })).toEqual({
    Invocations: 2,
    Errors: 1,
    Throttles: 0,
    Duration: expect.any(Number),
    ConcurrentExecutions: 1,
  });
  expect(sumsOf(data, {})).toMatchObject({ Invocations: 2, Errors: 1, ConcurrentExecutions: 1 });
  expect(collected(lambda.serviceMetrics)).toEqual([]);
});

it("a throttled invocation counts as a throttle and not as an invocation", async () => {
  const { lambda, name } = await deploy("export const handler = async () => {};", {
    executionsMax: 0,
  });
  await expect(lambda.invoke(name, {})).rejects.toThrow("Rate Exceeded");

  expect(sumsOf(collected(lambda.serviceMetrics), { FunctionName: name })).toEqual({
    Throttles: 1,
  });
});

it("an invocation of functions that are stopped does not count as a throttle", async () => {
  const { lambda, name } = await deploy("export const handler = async () => {};");
  await lambda.halt();
  await expect(lambda.invoke(name, {})).rejects.toThrow("stopped");

  expect(collected(lambda.serviceMetrics)).toEqual([]);
});

it("an asynchronous invocation has an age at each attempt, and is dropped after the last", async () => {
  const { lambda, name } = await deploy("export const handler = async () => { throw 1; };");
  await create(lambda.providers, "AWS::Lambda::EventInvokeConfig", {
    FunctionName: name,
    Qualifier: "$LATEST",
    MaximumRetryAttempts: 0,
  });
  lambda.invokeAsync(name, {});
  const seen: Record<string, number> = {};
  await expect
    .poll(() =>
      Object.assign(seen, sumsOf(collected(lambda.serviceMetrics), { FunctionName: name })),
    )
    .toMatchObject({
      AsyncEventsReceived: 1,
      AsyncEventAge: expect.any(Number),
      AsyncEventsDropped: 1,
      Errors: 1,
    });
});
