import { expect, it } from "vitest";
import { judge } from "#shared/integration/judge.ts";

it.each([
  [200, "delivered"],
  [204, "delivered"],
  [299, "delivered"],
  [199, "failed"],
  [301, "failed"],
  [400, "failed"],
  [401, "failed"],
  [404, "failed"],
  [429, "slowed"],
  [502, "slowed"],
  [500, "failed"],
  [503, "slowed"],
  [504, "slowed"],
  [0, "failed"],
  [410, "gone"],
])("a target that answers %i means %s", (status, verdict) => {
  expect(judge(status)).toBe(verdict);
});
