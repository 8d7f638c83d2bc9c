import { expect, it } from "vitest";
import { findCulprits } from "#shared/ledger/limit/culprits.ts";
import { culpritOperationsMin } from "#shared/ledger/limit/limits.ts";
import { slowedDevicesMax } from "#shared/limit/limits.ts";

const culpritsOf = (...used: readonly number[]): string[] => {
  const devices = new Map(used.map((own, n) => [`d${n}`, own]));
  return findCulprits({ operations: used.reduce((sum, own) => sum + own, 0), devices });
};

it.each([
  ["a device that is alone", [50], ["d0"]],
  ["one of two, and not the other one", [1_000, 20], ["d0"]],
  ["none of equal ones", [50, 50, 50], []],
  ["several that use much more than the rest, the largest first", [2, 90, 100, 2, 2], ["d2", "d1"]],
  ["none with few operations", [culpritOperationsMin - 1], []],
  ["none with few operations beside others", [culpritOperationsMin - 1, 1, 1], []],
])("the culprits are %s", (_, used, culprits) => {
  expect(culpritsOf(...used)).toEqual(culprits);
});

it("there are at most as many culprits as a limit slows down", () => {
  const many = Array.from({ length: slowedDevicesMax + 5 }, (_, n) => 10 ** (n + 2));
  expect(culpritsOf(...many)).toHaveLength(slowedDevicesMax);
});
