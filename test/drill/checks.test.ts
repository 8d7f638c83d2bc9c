import { describe, expect, it } from "vitest";
import { atMost, exactly, formatSeconds, within } from "../../drill/checks.ts";

describe("a check", () => {
  it("passes up to its bound, and is a timing only if the event happened", () => {
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

  it("passes only for the exact number", () => {
    expect(exactly("lost", 0, 0)).toEqual({ promised: "lost: 0", measured: "0", passed: true });
    expect(exactly("lost", 1, 0).passed).toBe(false);
    expect(exactly("lost", Number.NaN, 0).passed).toBe(false);
  });

  it("passes up to the maximum and fails for NaN", () => {
    expect(atMost("repeated", 2, 2)).toEqual({
      promised: "repeated: at most 2",
      measured: "2",
      passed: true,
    });
    expect(atMost("repeated", 2.5, 2, 1)).toMatchObject({ measured: "2.5", passed: false });
    expect(atMost("repeated", Number.NaN, 2).passed).toBe(false);
  });

  it("formats times in seconds", () => {
    expect([formatSeconds(1_349), formatSeconds(0), formatSeconds(undefined)]).toEqual([
      "1.3 s",
      "0.0 s",
      "never",
    ]);
  });
});
