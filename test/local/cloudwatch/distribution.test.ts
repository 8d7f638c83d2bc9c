import fc from "fast-check";
import { expect, it } from "vitest";
import { Distribution } from "../../../local/cloudwatch/distribution.ts";

const drained = (distribution: Distribution): [value: number, count: number][] => {
  const values: [number, number][] = [];
  distribution.drain((value, count) => values.push([value, count]));
  return values;
};

it("keeps the number, the sum, the minimum and the maximum of all samples", () => {
  // The mean of numbers below 2^-1022 has no precision.
  const isNormal = (one: number): boolean => one === 0 || one >= 2 ** -1022;
  const sample = fc.double({ min: 0, max: 1e9, noNaN: true }).filter(isNormal);
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1 }), (samples) => {
      const distribution = new Distribution();
      for (const one of samples) distribution.add(one);
      const values = drained(distribution);

      expect(values.reduce((sum, [, count]) => sum + count, 0)).toBe(samples.length);
      const sum = samples.reduce((total, one) => total + one, 0);
      const total = values.reduce((all, [value, count]) => all + value * count, 0);
      expect(Math.abs(total - sum)).toBeLessThanOrEqual(1e-9 * sum);
      expect(Math.max(...values.map(([value]) => value))).toBeCloseTo(Math.max(...samples), 3);
      expect(Math.min(...values.map(([value]) => value))).toBeCloseTo(Math.min(...samples), 3);
    }),
  );
});

it("reports percentiles within 5%", () => {
  const distribution = new Distribution();
  for (let ms = 1; ms <= 1_000; ms += 1) distribution.add(ms);
  const sorted = drained(distribution).sort(([one], [other]) => one - other);

  let seen = 0;
  const p99 = sorted.find(([, count]) => {
    seen += count;
    return seen >= 990;
  });
  expect(p99?.[0]).toBeGreaterThan(940);
  expect(p99?.[0]).toBeLessThan(1_000);
});

it("is empty after its samples are drained", () => {
  const distribution = new Distribution();
  distribution.add(5);
  drained(distribution);

  expect(drained(distribution)).toEqual([]);
  distribution.add(7);
  expect(drained(distribution)).toEqual([[7, 1]]);
});
