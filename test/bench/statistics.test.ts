import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, percentile, slope } from "../../bench/statistics.ts";

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });

describe("a percentile", () => {
  it("is the smallest value that enough values do not exceed", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, p) => {
        const found = percentile(all, p);
        const notAbove = all.filter((value) => value <= found).length;
        const below = all.filter((value) => value < found).length;
        expect(all).toContain(found);
        expect(notAbove).toBeGreaterThanOrEqual(Math.ceil(p * all.length));
        expect(below).toBeLessThan(Math.ceil(p * all.length));
      }),
    );
  });

  it("of a hundred values in any order is the value of that rank", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
  });

  it("of no values is NaN", () => {
    expect(percentile([], 0.5)).toBeNaN();
  });

  it("does not change the values", () => {
    const all = [3, 1, 2];
    expect(median(all)).toBe(2);
    expect(all).toEqual([3, 1, 2]);
  });
});

describe("a slope", () => {
  it("equals the slope of a straight line", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer(), (steepness, start) => {
        const line = [0, 1, 2, 5].map((x) => ({ x, y: start + steepness * x }));
        expect(slope(line)).toBeCloseTo(steepness, 3);
      }),
    );
  });

  it("is robust against symmetric noise", () => {
    const noisy = [10, 12, 8, 12, 8, 10].map((y, x) => ({ x, y }));
    expect(Math.abs(slope(noisy))).toBeLessThan(0.5);
  });

  it("of too few points is 0", () => {
    expect(slope([])).toBe(0);
    expect(slope([{ x: 1, y: 5 }])).toBe(0);
  });
});
