import { expect, it } from "vitest";
import { isUnexpired } from "../../../shared/platform/isUnexpired.ts";

it.each([
  [1_000, true],
  [1_059, true],
  [1_060, false],
  [5_000, false],
  // The clock was set back since: by less than the time, and by more.
  [1_001, true],
  [999, false],
  [0, false],
])("a time that was set to 60 ms after 1,000 is unexpired at %i: %s", (now, expected) => {
  expect(isUnexpired(1_060, { now, ms: 60 })).toBe(expected);
});
