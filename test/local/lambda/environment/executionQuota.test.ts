import { expect, it } from "vitest";
import { ExecutionQuota } from "../../../../local/lambda/environment/executionQuota.ts";

it("an account with ten executions shares them, and accepts no reservation", async () => {
  const quota = new ExecutionQuota(10);
  expect(() => quota.reserve("route", 1)).toThrow("below its minimum value of [100]");
  expect(Array.from({ length: 11 }, () => quota.tryTake())).toEqual([
    ...Array.from({ length: 10 }, () => true),
    false,
  ]);
});

it("an execution that ends goes to the invocation that waits for the longest time", async () => {
  const quota = new ExecutionQuota(1);
  quota.tryTake();
  const order: string[] = [];
  const wait = async (name: string) => {
    await quota.take();
    order.push(name);
  };
  const both = [wait("first"), wait("second")];
  quota.giveBack();
  await both[0];
  expect(quota.tryTake()).toBe(false);
  quota.giveBack();
  await both[1];
  quota.giveBack();
  expect(order).toEqual(["first", "second"]);
  expect(quota.tryTake()).toBe(true);
});

it("reserved executions leave at least 100 to the other functions", () => {
  const quota = new ExecutionQuota(1_000);
  quota.reserve("deliver", 800);
  expect(() => quota.reserve("route", 101)).toThrow("UnreservedConcurrentExecution");
  quota.reserve("route", 100);
  expect(Array.from({ length: 101 }, () => quota.tryTake()).filter(Boolean)).toHaveLength(100);
});
