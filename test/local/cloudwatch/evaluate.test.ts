import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AlarmState,
  type Datapoint,
  evaluate,
  evaluationRange,
  type MissingData,
} from "../../../local/cloudwatch/alarm/evaluate.ts";

/**
 * `0` does not breach, `X` breaches, `-` is missing; the newest is on the right, as in AWS's
 * tables.
 */
const datapointsOf = (text: string): Datapoint[] =>
  text.split(" ").map((each) => ({ "0": 0, X: 1 })[each]);

const stateOf = (
  points: string,
  { m, n, treatMissingData }: { m: number; n: number; treatMissingData: MissingData },
) =>
  evaluate({
    datapoints: datapointsOf(points),
    evaluationPeriods: n,
    datapointsToAlarm: m,
    treatMissingData,
    isBreaching: (value) => value > 0,
  });

const kept = undefined;
type Row = [
  points: string,
  filled: number,
  missing: AlarmState | undefined,
  ignore: AlarmState | undefined,
  breaching: AlarmState,
  notBreaching: AlarmState,
];

/** "How alarm state is evaluated when data is missing": 3 of 3 data points, evaluation range 5. */
const threeOfThree: Row[] = [
  ["0 - X - X", 0, "OK", "OK", "OK", "OK"],
  ["0 - - - -", 2, "OK", "OK", "OK", "OK"],
  ["- - - - -", 3, "INSUFFICIENT_DATA", kept, "ALARM", "OK"],
  ["0 X X - X", 0, "ALARM", "ALARM", "ALARM", "ALARM"],
  ["- - X - -", 2, "ALARM", kept, "ALARM", "OK"],
];

/** The second table: 2 of 3 data points. */
const twoOfThree: Row[] = [
  ["0 - X - X", 0, "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0 0 X 0 X", 0, "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0 - X - -", 1, "OK", "OK", "ALARM", "OK"],
  ["- - - - 0", 2, "OK", "OK", "ALARM", "OK"],
  ["- - - X -", 2, "ALARM", kept, "ALARM", "OK"],
];

describe.each([
  { m: 3, n: 3, rows: threeOfThree },
  { m: 2, n: 3, rows: twoOfThree },
])("AWS's table of missing data, $m of $n", ({ m, n, rows }) => {
  it.each(rows)("%s", (points, filled, missing, ignore, breaching, notBreaching) => {
    const expected = { missing, ignore, breaching, notBreaching };
    for (const treatMissingData of ["missing", "ignore", "breaching", "notBreaching"] as const) {
      expect(stateOf(points, { m, n, treatMissingData })).toMatchObject({
        state: expected[treatMissingData],
        filled,
      });
    }
  });
});

it("reads 5 data points for 3 evaluation periods, as documented", () => {
  expect(evaluationRange(3)).toBe(5);
});

it.each(["- - - - X", "- - - X -"])(
  "an alarm waits for the next data point after a premature breach (%s)",
  (points) => {
    for (const treatMissingData of ["missing", "ignore"] as const) {
      expect(stateOf(points, { m: 3, n: 3, treatMissingData }).state).toBeUndefined();
    }
  },
);

it("the next data point decides after a premature breach", () => {
  const given = { m: 3, n: 3, treatMissingData: "missing" } as const;
  expect(stateOf("- - - X 0", given).state).toBe("OK");
  expect(stateOf("- - X - 0", given).state).toBe("OK");
});

it("evaluates the most recent N data points when no data is missing", () => {
  const given = { m: 2, n: 2, treatMissingData: "missing" } as const;
  expect(stateOf("X X X 0", given).state).toBe("OK");
  expect(stateOf("0 0 X X", given)).toMatchObject({ state: "ALARM", evaluated: [2, 3] });
});

const alarms = fc
  .record({
    n: fc.integer({ min: 1, max: 8 }),
    share: fc.integer({ min: 1, max: 100 }),
    treatMissingData: fc.constantFrom<MissingData>(
      "missing",
      "ignore",
      "breaching",
      "notBreaching",
    ),
  })
  .chain(({ n, share, treatMissingData }) =>
    fc.record({
      n: fc.constant(n),
      m: fc.constant(Math.max(1, Math.ceil((n * share) / 100))),
      treatMissingData: fc.constant(treatMissingData),
      points: fc.array(fc.constantFrom("0", "X", "-"), {
        minLength: evaluationRange(n),
        maxLength: evaluationRange(n),
      }),
    }),
  );

it("with at least N data points, the treatment of missing data does not matter", () => {
  void fc.assert(
    fc.property(alarms, ({ n, m, points }) => {
      fc.pre(points.filter((each) => each !== "-").length >= n);
      const states = (["missing", "ignore", "breaching", "notBreaching"] as const).map(
        (treatMissingData) => stateOf(points.join(" "), { m, n, treatMissingData }).state,
      );
      expect(new Set(states).size).toBe(1);
      const newest = points.filter((each) => each !== "-").slice(-n);
      const breaching = newest.filter((each) => each === "X").length;
      expect(states[0]).toBe(breaching >= m ? "ALARM" : "OK");
    }),
  );
});

it("one more breaching data point in place of another never ends an alarm", () => {
  void fc.assert(
    fc.property(alarms, fc.nat(), ({ n, m, treatMissingData, points }, seed) => {
      const at = seed % points.length;
      fc.pre(points[at] === "0");
      const worse = points.with(at, "X");
      const before = stateOf(points.join(" "), { m, n, treatMissingData }).state;
      const after = stateOf(worse.join(" "), { m, n, treatMissingData }).state;
      if (before === "ALARM") expect(after).toBe("ALARM");
    }),
  );
});

it("a data point outside of the range, or an old one when enough are newer, decides nothing", () => {
  void fc.assert(
    fc.property(alarms, ({ n, m, treatMissingData, points }) => {
      const given = { m, n, treatMissingData };
      const present = points.filter((each) => each !== "-");
      fc.pre(present.length > n);
      const oldest = points.findIndex((each) => each !== "-");
      const other = points.with(oldest, points[oldest] === "X" ? "0" : "X");
      expect(stateOf(other.join(" "), given).state).toBe(stateOf(points.join(" "), given).state);
    }),
  );
});

it("only an alarm that treats missing data as missing becomes INSUFFICIENT_DATA, without data", () => {
  void fc.assert(
    fc.property(alarms, ({ n, m, treatMissingData, points }) => {
      const { state } = stateOf(points.join(" "), { m, n, treatMissingData });
      const isEmpty = points.every((each) => each === "-");
      expect(state === "INSUFFICIENT_DATA").toBe(isEmpty && treatMissingData === "missing");
    }),
  );
});
