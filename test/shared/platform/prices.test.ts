import fc from "fast-check";
import { expect, it } from "vitest";
import { dollars, prices } from "#shared/platform/prices.ts";

it.each([
  ["connectionMinutes", 43_200e6, 3_456],
  ["rulesTriggered", 4_320e6, 648],
  ["sqsRequests", 1e6, 0.4],
  ["lambdaGbSeconds", 1e6, 13.3334],
  ["logBytes", 1e9, 0.5],
  // 1,000 M at $1, then 3,320 M at $0.80.
  ["brokerMessages", 4_320e6, 3_656],
  // 100,000 M at $0.40, then 100,000 M at $0.30, then 50,000 M at $0.24.
  ["sqsRequests", 250e9, 40_000 + 30_000 + 12_000],
] as const)("charges for %s, %d units, $%d", (unit, units, sum) => {
  expect(dollars(unit, units)).toBeCloseTo(sum, 6);
});

it("charges nothing for no units, and never less for more units", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(prices)),
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      (key, one, other) => {
        const unit = key as keyof typeof prices;
        expect(dollars(unit, 0)).toBe(0);
        expect(dollars(unit, Math.max(one, other))).toBeGreaterThanOrEqual(
          dollars(unit, Math.min(one, other)),
        );
      },
    ),
  );
});
