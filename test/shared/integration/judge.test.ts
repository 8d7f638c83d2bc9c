import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge } from "#shared/integration/judge.ts";

it.each([
  [200, "delivered"],
  [204, "delivered"],
  [299, "delivered"],
  [199, "failed"],
  [301, "failed"],
  [400, "failed"],
  [401, "failed"],
  [404, "failed"],
  [429, "slowed"],
  [502, "slowed"],
  [500, "failed"],
  [503, "slowed"],
  [504, "slowed"],
  [0, "failed"],
  [410, "gone"],
])("a target that answers %i means %s", (status, verdict) => {
  expect(judge(status)).toBe(verdict);
});

describe("whatever a target answers,", () => {
  const status = fc.oneof(fc.integer(), fc.integer({ min: 100, max: 599 }));

  it("a delivery is over if it was taken, or if the target is gone, and is tried again otherwise", () => {
    fc.assert(
      fc.property(status, (any) => {
        const isTaken = String(any).length === 3 && String(any).startsWith("2");
        expect(judge(any) === "delivered").toBe(isTaken);
        expect(judge(any) === "gone").toBe(any === 410);
      }),
    );
  });

  it("it is asked to slow down only where the target has too much to do, never for a delivery that is wrong", () => {
    fc.assert(
      fc.property(status, (any) => {
        if (judge(any) === "slowed") expect(any === 429 || (any >= 502 && any <= 504)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(429, 502, 503, 504), (busy) => {
        expect(judge(busy)).toBe("slowed");
      }),
    );
  });
});
