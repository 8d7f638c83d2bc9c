import { expect, it } from "vitest";
import { checkTimeRange } from "#shared/input/timeRange.ts";

it.each([
  { from: 1, to: 1 },
  { from: 2, to: 1 },
])("rejects the empty time range %o", (range) => {
  expect(() => checkTimeRange(range)).toThrow("from: must be earlier than to");
});

it.each([{}, { from: 5 }, { to: 5 }, { from: 1, to: 2 }])("accepts the time range %o", (range) => {
  expect(() => checkTimeRange(range)).not.toThrow();
});
