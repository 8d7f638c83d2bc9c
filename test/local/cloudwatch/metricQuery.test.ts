import { describe, expect, it } from "vitest";
import type { MetricStore } from "../../../local/cloudwatch/metric/metricStore.ts";
import { openMetricStore } from "../../../local/cloudwatch/metric/metricStore.ts";
import { parseMetricQuery } from "../../../local/cloudwatch/query/metricQuery.ts";
import { runMetricQuery } from "../../../local/cloudwatch/query/runMetricQuery.ts";

const minuteMs = 60_000;
const grid = { starts: [0, minuteMs], periodMs: minuteMs };

const storeWith = (
  ...samples: [dimensions: Record<string, string>, value: number, minute?: number][]
): MetricStore => {
  const store = openMetricStore(() => 0);
  for (const [dimensions, value, minute = 0] of samples) {
    store.put({
      namespace: "AWS/IoT",
      name: "Failure",
      dimensions,
      value,
      time: minute * minuteMs,
    });
  }
  return store;
};

const run = (query: string, store: MetricStore) =>
  runMetricQuery(parseMetricQuery(query), { store, grid }).series.map(
    ({ labels = {}, points }): [string, ...(number | undefined)[]] => [
      Object.values(labels).join(" "),
      ...points,
    ],
  );

const rules = storeWith(
  [{ RuleName: "events", ActionType: "Sqs" }, 3],
  [{ RuleName: "events", ActionType: "Sqs" }, 1, 1],
  [{ RuleName: "events", ActionType: "S3" }, 4],
  [{ RuleName: "hello", ActionType: "Sqs" }, 10],
  [{ Other: "x" }, 5, 1],
  [{}, 100],
);

describe("a metric query", () => {
  it.each<[string, [string, ...(number | undefined)[]][]]>([
    ["SELECT SUM(Failure) FROM \"AWS/IoT\" WHERE RuleName = 'events'", [["", 7, 1]]],
    ['SELECT SUM("Failure") FROM "AWS/IoT"', [["", 117, 6]]],
    [
      "select max(Failure) from \"AWS/IoT\" where RuleName != 'hello' and ActionType = 'Sqs'",
      [["", 3, 1]],
    ],
    ["SELECT COUNT(Failure) FROM \"AWS/IoT\" WHERE RuleName = 'events'", [["", 2, 1]]],
    ["SELECT AVG(Failure) FROM \"AWS/IoT\" WHERE RuleName = 'events'", [["", 3.5, 1]]],
    [
      'SELECT SUM(Failure) FROM SCHEMA("AWS/IoT", ActionType, RuleName) GROUP BY RuleName',
      [
        ["events", 7, 1],
        ["hello", 10, undefined],
      ],
    ],
    ['SELECT SUM(Failure) FROM SCHEMA("AWS/IoT")', [["", 100, undefined]]],
    [
      'SELECT SUM(Failure) FROM "AWS/IoT" GROUP BY RuleName',
      [
        ["Other", 100, 5],
        ["events", 7, 1],
        ["hello", 10, undefined],
      ],
    ],
    [
      'SELECT SUM(Failure) FROM SCHEMA("AWS/IoT", RuleName, ActionType) GROUP BY RuleName, ActionType ORDER BY MAX() DESC LIMIT 2',
      [
        ["hello Sqs", 10, undefined],
        ["events S3", 4, undefined],
      ],
    ],
    ["SELECT SUM(Failure) FROM \"AWS/IoT\" WHERE RuleName = 'none'", []],
    ['SELECT SUM(Success) FROM "AWS/IoT"', []],
  ])("%s", (query, expected) => {
    expect(run(query, rules)).toEqual(expected);
  });

  it.each([
    ["SELECT TOTAL(Failure) FROM x", "expected one of AVG, COUNT, MAX, MIN, SUM, found 'TOTAL'"],
    ["SELECT SUM(Failure) FROM x WHERE a = b", "expected a value in single quotation marks"],
    ["SELECT SUM(Failure) FROM x WHERE a LIKE 'b'", "expected = or !=, found 'LIKE'"],
    ["SELECT SUM(Failure) FROM x WHERE a = 'b' OR c = 'd'", "expected the end, found 'OR'"],
    ["SELECT SUM(Failure) FROM x LIMIT 501", "LIMIT must be a number from 1 to 500"],
    ["SELECT SUM(Failure) FROM x ORDER BY MAX", "expected '(', found the end"],
    ["SELECT SUM(Failure)", "expected FROM, found the end"],
    ["SELECT SUM(Failure) FROM AWS/IoT", "'/IoT' is not valid in the query"],
  ])("refuses %s", (query, message) => {
    expect(() => parseMetricQuery(query)).toThrow(message);
  });

  it("reads quotation marks in names and values", () => {
    const store = storeWith([{ 'a"b': "it's" }, 2]);
    expect(run(`SELECT SUM(Failure) FROM "AWS/IoT" WHERE "a\\"b" = 'it\\'s'`, store)).toEqual([
      ["", 2, undefined],
    ]);
  });

  it("returns at most 500 time series, and states that more exist", () => {
    const store = storeWith(
      ...Array.from({ length: 600 }, (_, i): [Record<string, string>, number] => [
        { RuleName: String(i) },
        i,
      ]),
    );
    const query = 'SELECT SUM(Failure) FROM "AWS/IoT" GROUP BY RuleName ORDER BY SUM() DESC';
    const { series, isPartial } = runMetricQuery(parseMetricQuery(query), { store, grid });
    expect(series).toHaveLength(500);
    expect(series[0]?.points[0]).toBe(599);
    expect(isPartial).toBe(true);
  });
});

it("a store is bounded, and recovers when metrics expire", () => {
  let now = 0;
  const store = openMetricStore(() => now);
  for (let i = 0; i < 10_100; i += 1) {
    store.put({ namespace: "A", name: "B", dimensions: { i: String(i) }, value: 1 });
  }
  expect(store.size).toBe(10_000);
  expect(store.dropped).toBe(100);
  now = 4 * 3_600_000;
  store.prune();
  expect(store.size).toBe(0);
  store.put({ namespace: "A", name: "B", dimensions: {}, value: 1 });
  expect(store.size).toBe(1);
});
