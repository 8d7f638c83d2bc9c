import type { Datapoint } from "../alarm/evaluate.ts";
import type { Operator } from "./expression.ts";
import { type MathValue, mapSeries, seriesOf, type TimeSeries } from "./value.ts";

const truth = (is: boolean): number => (is ? 1 : 0);

/** The result of an operator on two numbers; not a finite number if it has none. */
const calculate: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
  "==": (left, right) => truth(left === right),
  "!=": (left, right) => truth(left !== right),
  "<=": (left, right) => truth(left <= right),
  ">=": (left, right) => truth(left >= right),
  "<": (left, right) => truth(left < right),
  ">": (left, right) => truth(left > right),
  AND: (left, right) => truth(left !== 0 && right !== 0),
  OR: (left, right) => truth(left !== 0 || right !== 0),
};

/**
 * Applies an operator to numbers and time series. Of two time series of which one has no value,
 * "the missing value is treated as 0"; a data point whose calculation would divide by zero "is
 * dropped". https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export const operate = (operator: Operator, left: MathValue, right: MathValue): MathValue => {
  const run = calculate[operator];
  const pointOf = (one: number, other: number): Datapoint => {
    const result = run(one, other);
    return Number.isFinite(result) ? result : undefined;
  };
  if (typeof left === "number") {
    if (typeof right === "number") return run(left, right);
    return mapSeries(right, (points) =>
      points.map((value) => (value === undefined ? undefined : pointOf(left, value))),
    );
  }
  if (typeof right === "number") {
    return mapSeries(left, (points) =>
      points.map((value) => (value === undefined ? undefined : pointOf(value, right))),
    );
  }
  const combine = (one: TimeSeries, other: TimeSeries): TimeSeries =>
    seriesOf(
      one.points.map((value, at) => {
        const second = other.points[at];
        return value === undefined && second === undefined
          ? undefined
          : pointOf(value ?? 0, second ?? 0);
      }),
    );
  if (left.kind === "series" && right.kind === "series") return combine(left, right);
  if (left.kind === "list" && right.kind === "series") {
    return { kind: "list", series: left.series.map((one) => combine(one, right)) };
  }
  if (left.kind === "series" && right.kind === "list") {
    return { kind: "list", series: right.series.map((other) => combine(left, other)) };
  }
  throw new Error(`${operator} between two arrays of time series is not supported`);
};
