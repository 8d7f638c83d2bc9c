import { expect, it } from "vitest";
import { latenciesOf, percentileOf } from "../../console/screens/integration/latencies.ts";

it("are in the order of time, which a chart needs", () => {
  const attempts = [
    { started_at: "2026-01-01T00:00:02.000Z", took_ms: 30 },
    { started_at: "2026-01-01T00:00:01.000Z", took_ms: 900 },
    { started_at: "2026-01-01T00:00:03.500Z", took_ms: 5 },
  ];
  const start = Date.parse("2026-01-01T00:00:00.000Z") / 1_000;
  expect(latenciesOf(attempts)).toEqual({
    times: [start + 1, start + 2, start + 3.5],
    tookMs: [900, 30, 5],
  });
});

it("have percentiles by the nearest rank", () => {
  const values = [5, 1, 3, 2, 4];
  expect([0, 0.5, 0.8, 0.95, 1].map((share) => percentileOf(values, share))).toEqual([
    1, 3, 4, 5, 5,
  ]);
});
