import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Datapoint } from "../../../local/cloudwatch/alarm/evaluate.ts";
import { evaluateMath } from "../../../local/cloudwatch/math/evaluateMath.ts";
import { parseMath } from "../../../local/cloudwatch/math/parse.ts";
import type { MathValue, TimeSeries } from "../../../local/cloudwatch/math/value.ts";

const minuteMs = 60_000;

/** `[30, -, 0]`, as AWS's documentation writes a time series. */
const pointsOf = (text: string): Datapoint[] =>
  text.split(",").map((each) => (each.trim() === "-" ? undefined : Number(each)));

const calculate = (expression: string, series: Readonly<Record<string, string>>): MathValue => {
  const metrics = Object.entries(series).map(([id, text]) => {
    const metric = { namespace: "App", name: id, dimensions: {} };
    return { id, series: { kind: "series", points: pointsOf(text), metric } satisfies TimeSeries };
  });
  const length = metrics[0]?.series.points.length ?? 0;
  return evaluateMath(parseMath(expression), {
    grid: { starts: Array.from({ length }, (_, i) => i * minuteMs), periodMs: minuteMs },
    quotaOf: ({ name }) => (name === "executions" ? 1_000 : undefined),
    metrics,
    resultOf: (id) => metrics.find((each) => each.id === id)!.series,
  });
};

const points = (value: MathValue): string => {
  if (typeof value === "number") return String(value);
  if (value.kind === "list") return value.series.map(points).join(" | ");
  return value.points.map((each) => each ?? "-").join(", ");
};

describe("the examples of AWS's documentation", () => {
  const metrics = { metric1: "30, 20, 0, 0", metric2: "20, -, 20, -" };
  it.each([
    ["metric1 < metric2", "0, 0, 1, 0"],
    ["metric1 >= 30", "1, 0, 0, 0"],
    ["metric1 > 15 AND metric2 > 15", "1, 0, 0, 0"],
    ["metric1 > 15 && metric2 > 15", "1, 0, 0, 0"],
  ])("%s", (expression, expected) => {
    expect(points(calculate(expression, metrics))).toBe(expected);
  });

  const branches = {
    metric1: "1, 1, 0, 0, -",
    metric2: "30, -, 0, 0, 30",
    metric3: "0, 0, 20, -, 20",
  };
  it.each([
    ["IF(metric1, metric2, metric3)", "30, 0, 20, -, -"],
    ["IF(metric1, 5, metric3)", "5, 5, 20, -, -"],
    ["IF(metric1, metric2, 5)", "30, 0, 5, 5, -"],
    ["IF(metric1, metric2)", "30, 0, -, -, -"],
  ])("%s", (expression, expected) => {
    expect(points(calculate(expression, branches))).toBe(expected);
  });
});

describe("arithmetic", () => {
  const given = { m1: "8, 4, -, 1", m2: "2, 0, 3, -" };
  it.each([
    ["m1 + m2", "10, 4, 3, 1"],
    ["m1 / m2", "4, -, 0, -"],
    ["2 * m1", "16, 8, -, 2"],
    ["-m1", "-8, -4, -, -1"],
    ["m1 - 2 - 1", "5, 1, -, -2"],
    ["m1 - (2 - 1)", "7, 3, -, 0"],
    ["m1 + 2 * m2", "12, 4, 6, 1"],
    ["2 ^ 3 ^ 2 + 0 * m1", "512, 512, -, 512"],
    ["-2 ^ 2 + 0 * m1", "-4, -4, -, -4"],
    ["100 * m1 / SUM([m1, m2])", "80, 100, 0, 100"],
  ])("%s", (expression, expected) => {
    expect(points(calculate(expression, given))).toBe(expected);
  });
});

describe("functions", () => {
  const given = { m1: "1, -, 3, 7", m2: "5, -, -, 1" };
  it.each([
    ["SUM([m1, m2])", "6, -, 3, 8"],
    ["AVG([m1, m2])", "3, -, 1.5, 4"],
    ["MAX([m1, m2])", "5, -, 3, 7"],
    ["MIN(METRICS())", "1, -, 3, 1"],
    ["SUM([FILL(m1, 0), FILL(m2, 0)])", "6, 0, 3, 8"],
    ['SUM(METRICS("1"))', "1, -, 3, 7"],
    ["FILL(m1, 0)", "1, 0, 3, 7"],
    ["FILL(m1, REPEAT)", "1, 1, 3, 7"],
    ["FILL(m1, LINEAR)", "1, 2, 3, 7"],
    ["FILL(m2, m1)", "5, -, 3, 1"],
    ["m1 - MIN(m1)", "0, -, 2, 6"],
    ["m1 / PERIOD(m1) * 60", "1, -, 3, 7"],
    ["DIFF(m1)", "-, -, 2, 4"],
    ["DIFF_TIME(m1)", "-, -, 120, 60"],
    ["RATE(m1) * 60", "-, -, 1, 4"],
    ["RUNNING_SUM(m1)", "1, -, 4, 11"],
    ["ABS(m2 - m1)", "4, -, 3, 6"],
    ["CEIL(m1 / 2)", "1, -, 2, 4"],
    ["FLOOR(m1 / 2)", "0, -, 1, 3"],
    ["LOG10(10 * m1 ^ 0)", "1, -, 1, 1"],
    ["m1 * METRIC_COUNT(METRICS())", "2, -, 6, 14"],
    ["DATAPOINT_COUNT(METRICS())", "2, -, 1, 2"],
    ["m1 + DATAPOINT_COUNT(m1)", "4, -, 6, 10"],
    ["FIRST([m2, m1])", "5, -, -, 1"],
    ["TIME_SERIES(MAX(m1))", "7, 7, 7, 7"],
    ["REMOVE_EMPTY([m1])", "1, -, 3, 7"],
    ["STDDEV([m1, m2])", "2, -, 0, 3"],
  ])("%s", (expression, expected) => {
    expect(points(calculate(expression, given))).toBe(expected);
  });

  it("SERVICE_QUOTA is the quota of a usage metric", () => {
    const usage = { claimed: "900, -", executions: "800, -" };
    expect(points(calculate("100 * claimed / SERVICE_QUOTA(executions)", usage))).toBe("90, 0");
    expect(() => calculate("SERVICE_QUOTA(claimed)", usage)).toThrow(
      "SERVICE_QUOTA: the quota of App claimed is not known here",
    );
  });
});

it.each([
  ["ANOMALY_DETECTION_BAND(m1)", "function ANOMALY_DETECTION_BAND is not supported here"],
  ["SEARCH('x', 'Sum')", "function SEARCH is not supported here"],
  ["m1 +", "unexpected the end in 'm1 +'"],
  ["m1 m1", "unexpected 'm1' in 'm1 m1'"],
  ["SUM([m1, 1])", "an array contains time series, no numbers"],
  ["(m1", "where ) is expected"],
  ["m1 $ 2", "'$ 2' is not valid in 'm1 $ 2'"],
  ["FILL(m1, LOUD)", "FILL cannot fill with LOUD"],
])("refuses %s by name", (expression, message) => {
  expect(() => calculate(expression, { m1: "1" })).toThrow(message);
});

it("a deeply nested expression is refused, not evaluated", () => {
  expect(() => parseMath("(".repeat(10_000))).toThrow("nested too deeply");
  expect(() => parseMath("-".repeat(10_000))).toThrow("nested too deeply");
});

it("an expression of sums and products has the value that JavaScript gives it", () => {
  const expressions = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      fc.integer({ min: 0, max: 9 }).map(String),
      fc
        .tuple(tie("expression"), fc.constantFrom("+", "-", "*"), tie("expression"))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc
        .tuple(tie("expression"), fc.constantFrom("+", "-", "*"), tie("expression"))
        .map(([left, operator, right]) => `${left} ${operator} ${right}`),
    ),
  })).expression;
  void fc.assert(
    fc.property(expressions, (expression) => {
      const expected: unknown = new Function(`return ${expression}`)();
      expect(calculate(`${expression}`, { m1: "1" })).toBe(expected);
    }),
  );
});
