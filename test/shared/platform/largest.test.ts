import { expect, it } from "vitest";
import { largest } from "#shared/platform/largest.ts";

it("returns the largest counts, and of equal counts the same names every time", () => {
  const counts = { c: 2, a: 2, d: 5, zero: 0, b: 2 };
  const expected = [
    ["d", 5],
    ["a", 2],
    ["b", 2],
  ];
  expect(largest(new Map(Object.entries(counts)), 3)).toEqual(expected);
  expect(largest(new Map(Object.entries(counts).reverse()), 3)).toEqual(expected);
});
