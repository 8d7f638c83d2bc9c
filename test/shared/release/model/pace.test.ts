import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowMax } from "#shared/release/limits.ts";
import { type Assessment, shareWindow, windowAfter } from "#shared/release/model/pace.ts";

const results = (...healthy: boolean[]): Assessment[] =>
  healthy.map((isHealthy, at) => ({ device: `d${at}`, at, isHealthy }));

const all = (count: number, isHealthy = true) => Array.from({ length: count }, () => isHealthy);

describe("the window of a release", () => {
  it("starts at five and doubles with each window of healthy devices", () => {
    expect(windowAfter([])).toBe(5);
    expect(windowAfter(results(...all(4)))).toBe(5);
    expect(windowAfter(results(...all(5)))).toBe(10);
    expect(windowAfter(results(...all(15)))).toBe(20);
    expect(windowAfter(results(...all(20_000)))).toBe(windowMax);
  });

  it("starts again after a failure", () => {
    expect(windowAfter(results(...all(15), false))).toBe(5);
    expect(windowAfter(results(...all(15), false, ...all(5)))).toBe(10);
  });
});

describe("the share of a region", () => {
  it("follows the number of its devices", () => {
    const shares = shareWindow(5, { a: 60, b: 40 }, ["a", "b"]);
    expect([...shares]).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
    expect(shareWindow(5, { a: 100 }, ["a", "b"]).get("a")).toBe(5);
  });

  it("adds up to the window", () => {
    const place = fc.constantFrom("a", "b", "c", "d");
    fc.assert(
      fc.property(fc.nat(1_000), fc.dictionary(place, fc.nat(500)), (window, places) => {
        const shares = shareWindow(window, places, ["a", "b", "c", "d"]);
        expect([...shares.values()].reduce((one, other) => one + other, 0)).toBe(window);
      }),
    );
  });
});
