import { expect, it } from "vitest";
import { retryMs, retryPolicies } from "../../../local/sns/retryPolicy.ts";

// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
it.each([
  ["managed", 100_015, [0, 0, 0, 1_000, 1_000, 1_000], 20_000],
  ["mail", 50, [10_000, 10_000, 10_000], 600_000],
  ["http", 3, [20_000, 20_000, 20_000], 20_000],
] as const)("the policy %s has %i retries", (name, retries, first, lastMs) => {
  const waits = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => retryMs(retryPolicies[name], from + i));

  expect(waits(0, first.length)).toEqual(first);
  expect(waits(retries - 1, retries + 1)).toEqual([lastMs, undefined]);
});
