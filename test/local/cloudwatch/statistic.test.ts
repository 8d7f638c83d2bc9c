import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Series } from "../../../local/cloudwatch/metric/series.ts";
import { parseStatistic } from "../../../local/cloudwatch/metric/statistic.ts";

const minuteMs = 60_000;
const metric = { namespace: "App", name: "Latency", dimensions: {} };

const seriesOf = (values: readonly number[]): Series => {
  const series = new Series(metric, { hasValues: true });
  for (const [at, value] of values.entries()) series.add((at % 3) * minuteMs, value, 1);
  return series;
};

const read = (statistic: string, values: readonly number[]) =>
  parseStatistic(statistic).read(seriesOf(values), 0, 3 * minuteMs);

const hundred = Array.from({ length: 100 }, (_, i) => i + 1);

it.each([
  ["SampleCount", 100],
  ["Sum", 5_050],
  ["Average", 50.5],
  ["Minimum", 1],
  ["Maximum", 100],
  ["p50", 50],
  ["p95", 95],
  ["p99.9", 100],
  ["p100", 100],
  // The mean without the highest 10 % of the values.
  ["tm90", 45.5],
  ["TM(:90%)", 45.5],
  ["TM(2%:98%)", 50.5],
  ["IQM", 50.5],
  ["TM(25%:75%)", 50.5],
  // "Includes values equal to the higher boundary, but not those equal to the lower boundary."
  ["TC(80:90)", 10],
  ["TC(:5)", 5],
  ["tc90", 90],
  ["ts90", 4_095],
  ["TS(80%:)", 1_810],
  ["TM(10:20)", 15.5],
  ["PR(:30)", 30],
  ["PR(10:20)", 10],
  // The highest 2 % count as the value at the 98th percentile.
  ["wm98", 50.47],
])("%s of 1 to 100 is %d", (statistic, expected) => {
  expect(read(statistic, hundred)).toBeCloseTo(expected, 9);
});

it.each(["Median", "p", "p101", "tm", "TM()", "TM(1%:2)", "PR(1%:2%)", "sum"])(
  "there is no statistic %s",
  (name) => {
    expect(() => parseStatistic(name)).toThrow(`the statistic ${name} does not exist`);
  },
);

it("a period without samples has no value", () => {
  for (const statistic of ["Sum", "SampleCount", "p99"]) {
    expect(parseStatistic(statistic).read(seriesOf([1]), minuteMs, 2 * minuteMs)).toBeUndefined();
  }
});

it("percentiles need each value, unless all values are equal", () => {
  const series = new Series(metric, { hasValues: true });
  series.addSet(0, { sum: 6, count: 2, min: 3, max: 3 });
  expect(parseStatistic("p90").read(series, 0, minuteMs)).toBe(3);
  series.addSet(0, { sum: 9, count: 2, min: 4, max: 5 });
  expect(parseStatistic("p90").read(series, 0, minuteMs)).toBeUndefined();
  expect(parseStatistic("Sum").read(series, 0, minuteMs)).toBe(15);
});

it("percentiles are not available when a value is negative", () => {
  expect(read("p50", [-1, 1])).toBeUndefined();
  expect(read("Minimum", [-1, 1])).toBe(-1);
});

it("a percentile of any values is the nearest rank", () => {
  void fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 99 }),
      (values, percent) => {
        const sorted = values.toSorted((one, other) => one - other);
        const rank = Math.max(1, Math.ceil((sorted.length * percent) / 100));
        expect(read(`p${percent}`, values)).toBe(sorted[rank - 1]);
      },
    ),
  );
});

it("samples may arrive in any order", () => {
  void fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -9, max: 9 }))),
      (samples) => {
        const series = new Series(metric, { hasValues: false });
        for (const [minute, value] of samples) series.add(minute * minuteMs + 1, value, 1);
        const inWindow = samples.filter(([minute]) => minute >= 2 && minute < 7);
        const set = series.statistics(2 * minuteMs, 7 * minuteMs);
        expect(set?.count ?? 0).toBe(inWindow.length);
        expect(set?.sum ?? 0).toBe(inWindow.reduce((sum, [, value]) => sum + value, 0));
      },
    ),
  );
});

it("removes expired minutes, and keeps the others", () => {
  const series = new Series(metric, { hasValues: true });
  for (let minute = 0; minute < 100; minute += 1) series.add(minute * minuteMs, minute, 1);
  series.prune(60 * minuteMs);
  expect(series.minutes).toBe(40);
  expect(series.statistics(0, 61 * minuteMs)).toEqual({ sum: 60, count: 1, min: 60, max: 60 });
});

it("many distinct values in a minute need a bounded memory, and percentiles stay close", () => {
  const series = new Series(metric, { hasValues: true });
  for (let value = 0; value < 50_000; value += 1) series.add(0, value / 7, 1);
  expect(series.values(0, minuteMs)!.size).toBeLessThan(10_000);
  const p99 = parseStatistic("p99").read(series, 0, minuteMs)!;
  expect(Math.abs(p99 / (49_500 / 7) - 1)).toBeLessThan(0.01);
});
