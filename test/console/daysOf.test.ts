import { describe, expect, it } from "vitest";
import { daysOf } from "../../console/screens/usage/daysOf.ts";

const secondsOf = (time: string): number => Date.parse(time) / 1_000;

describe("the days of the usage chart", () => {
  it("contain the days without usage, so that the first day of a fleet is a visible line", () => {
    const steps = [{ at: "2026-03-02T00:00:00.000Z", operations: 4 }];
    const days = daysOf({
      from: "2026-02-28T10:00:00.000Z",
      to: "2026-03-02T10:00:00.000Z",
      steps,
    });
    expect(days).toEqual([
      { at: secondsOf("2026-02-28T00:00:00Z"), operations: 0 },
      { at: secondsOf("2026-03-01T00:00:00Z"), operations: 0 },
      { at: secondsOf("2026-03-02T00:00:00Z"), operations: 4 },
    ]);
  });

  it("end before a midnight at which the period ends", () => {
    const days = daysOf({ from: "2026-03-01T00:00:00.000Z", to: "2026-03-02T00:00:00.000Z" });
    expect(days).toEqual([{ at: secondsOf("2026-03-01T00:00:00Z"), operations: 0 }]);
  });
});
