import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryAfterSecondsMax } from "#shared/delivery/limits.ts";
import { parseRetryAfter as parse } from "#shared/target/retryAfter.ts";
import { someTime } from "../../memory/samples.ts";

const maxMs = retryAfterSecondsMax * 1_000;
const parseRetryAfter = (header: string | undefined, now: number) =>
  parse(header, { now, msMax: maxMs });

describe("Retry-After", () => {
  it.each([
    ["120", 120_000],
    [" 1 ", 1_000],
    ["999999999", maxMs],
  ])("in seconds, %j, is respected up to the maximum", (header, ms) => {
    expect(parseRetryAfter(header, someTime)).toBe(someTime + ms);
  });

  it("as a date is respected up to the maximum", () => {
    const now = Math.floor(someTime / 1_000) * 1_000;
    const header = (ms: number) => new Date(now + ms).toUTCString();
    expect(parseRetryAfter(header(60_000), now)).toBe(now + 60_000);
    expect(parseRetryAfter(header(10 * maxMs), now)).toBe(now + maxMs);
  });

  it.each([
    undefined,
    "",
    "0",
    "-5",
    "1.5",
    "soon",
    "2099-01-01",
    "Xyz, 99 Foo 2099 00:00:00 GMT",
    "Wed, 01 Jan 2020 00:00:00 GMT",
  ])("that is not a time in the future (%j) is ignored", (header) => {
    expect(parseRetryAfter(header, someTime)).toBeUndefined();
  });

  it("never exceeds the maximum or lies in the past, whatever the header is", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const until = parseRetryAfter(header, someTime) ?? someTime;
        expect(until).toBeGreaterThanOrEqual(someTime);
        expect(until).toBeLessThanOrEqual(someTime + maxMs);
      }),
    );
  });
});
