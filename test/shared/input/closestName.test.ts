import { describe, expect, it } from "vitest";
import { closestName } from "#shared/input/closestName.ts";

const known = ["plan", "status", "perSecond", "deviceID", "event", "from", "to", "ids", "reason"];

describe("the closest known name", () => {
  it.each([
    ["stauts", "status"],
    ["statu", "status"],
    ["PLAN", "plan"],
    ["evnet", "event"],
    ["per_second", "perSecond"],
    ["deviceId", "deviceID"],
    ["id", "ids"],
  ])("of %s is %s", (given, meant) => {
    expect(closestName(given, known)).toBe(meant);
  });

  it.each(["dryRun", "", "x".repeat(10_000), "__proto__", "toString"])(
    "of %s does not exist",
    (given) => {
      expect(closestName(given, known)).toBeUndefined();
    },
  );
});
