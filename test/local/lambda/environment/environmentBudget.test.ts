import { expect, it } from "vitest";
import {
  createEnvironmentBudget,
  environmentsMax,
} from "../../../../local/lambda/environment/environmentBudget.ts";

const gb = 2 ** 30;
const many = Number.POSITIVE_INFINITY;

it.each([
  ["as many as are reserved, where there is room", 200, false, 64 * gb, many, 200],
  ["256 when none are reserved", undefined, false, 64 * gb, many, 256],
  ["those that find room in a third of the memory", 200, false, 4 * gb, many, 59],
  ["more when they share threads", 200, true, 0.25 * gb, many, 44],
  ["the same when none are reserved", undefined, false, 4 * gb, many, 59],
  ["those that find room in a quarter of the descriptors", 200, false, 64 * gb, 1_024, 12],
  ["one at least", 5, false, gb / 100, many, 1],
])("a function has %s", (_, reserved, isShared, memoryBytes, descriptors, environments) => {
  const own = { reserved, isShared };
  expect(environmentsMax(own, { memoryBytes, descriptors })).toBe(environments);
});

it("all functions together use at most two thirds of the descriptors", () => {
  const budget = createEnvironmentBudget({ descriptors: 1_024 });
  let taken = 0;
  for (; budget.hasCapacity(); taken += 1) budget.reserve();
  expect(taken).toBe(34);
  budget.release();
  expect(budget.hasCapacity()).toBe(true);
});

it("the budget is unlimited when the system reports no limit", () => {
  expect(createEnvironmentBudget({ descriptors: many }).hasCapacity()).toBe(true);
});
