import { describe, expect, it } from "vitest";
import { checkCombination, deviceChange } from "#shared/device/updateDevice.ts";

const fields = { name: "lamp", notes: "by the door", signal: true, quarantined: true };
const names = Object.keys(fields);
const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other] as const));

describe("a change of a device", () => {
  it("has the fields of these tests, and no others", () => {
    expect(Object.keys(deviceChange.shape).toSorted()).toEqual(names.toSorted());
  });

  it.each(pairs)("with %s and %s applies both, or names the conflicting field", (...pair) => {
    const given = Object.fromEntries(
      Object.entries(fields).filter(([name]) => pair.includes(name)),
    );
    const check = () => checkCombination(deviceChange.parse(given));
    if (!pair.includes("signal")) return check();
    const other = pair.find((name) => name !== "signal");
    expect(check).toThrow(`signal cannot be combined with ${other}`);
  });

  it.each(names)("with %s alone is valid", (name) => {
    const given = Object.fromEntries(Object.entries(fields).filter(([key]) => key === name));
    expect(() => checkCombination(deviceChange.parse(given))).not.toThrow();
  });

  it("without any field is refused", () => {
    expect(() => checkCombination(deviceChange.parse({}))).toThrow("nothing to change");
  });
});
