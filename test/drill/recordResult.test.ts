import { expect, it } from "vitest";
import { drillHistory } from "#shared/status/drills/drillHistory.ts";
import { drillResult } from "#shared/status/drills/drillResult.ts";
import { resultOf } from "../../drill/recordResult.ts";

const report = {
  drill: "herd",
  form: "long",
  at: "2026-12-01T10:00:00.000Z",
  passed: true,
  promise: "All devices are connected.",
  tookSeconds: 60,
} as const;

it("records the recovery time and the lost events of a drill for the status page", () => {
  const counts = { accepted: 10, delivered: 10, lost: 0, repeated: 1 };
  const result = resultOf(
    { ...report, counts, timeToRecoverMs: 18_749 },
    { incident: "All devices lose their connections." },
  );
  expect(drillResult.parse(result)).toMatchObject({
    date: "2026-12-01",
    recoveredSeconds: 18.7,
    lost: 0,
  });
  expect(resultOf(report, { incident: "" })).toBeUndefined();
  expect(drillHistory().length).toBeGreaterThan(0);
});
