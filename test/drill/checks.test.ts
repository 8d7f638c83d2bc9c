import { describe, expect, it } from "vitest";
import { atMost, exactly, formatSeconds, within } from "../../drill/checks.ts";

describe("what a drill found", () => {
  it("held at its bound and not beyond, and is of speed only when it came at all", () => {
    expect(within("it is back", 30_000, 30_000)).toEqual({
      promised: "it is back within 30.0 s",
      measured: "30.0 s",
      passed: true,
      isTiming: true,
    });
    expect(within("it is back", 30_001, 30_000)).toMatchObject({ passed: false, isTiming: true });
    expect(within("it is back", undefined, 30_000)).toEqual({
      promised: "it is back within 30.0 s",
      measured: "never",
      passed: false,
    });
  });

  it("is exactly what was promised, or did not hold", () => {
    expect(exactly("lost", 0, 0)).toEqual({ promised: "lost: 0", measured: "0", passed: true });
    expect(exactly("lost", 1, 0).passed).toBe(false);
    expect(exactly("lost", Number.NaN, 0).passed).toBe(false);
  });

  it("is no larger than promised, and a number that is none did not hold", () => {
    expect(atMost("repeated", 2, 2)).toEqual({
      promised: "repeated: at most 2",
      measured: "2",
      passed: true,
    });
    expect(atMost("repeated", 2.5, 2, 1)).toMatchObject({ measured: "2.5", passed: false });
    expect(atMost("repeated", Number.NaN, 2).passed).toBe(false);
  });

  it("is written in seconds", () => {
    expect([formatSeconds(1_349), formatSeconds(0), formatSeconds(undefined)]).toEqual([
      "1.3 s",
      "0.0 s",
      "never",
    ]);
  });
});
