import { expect, it } from "vitest";
import { parseOptions } from "../../bench/options.ts";

it("measures 200 and 1,000 events a second for ten seconds unless told otherwise", () => {
  expect(parseOptions([])).toMatchObject({ rates: [200, 1_000], seconds: 10, json: false });
});

it("takes rates in rising order", () => {
  expect(parseOptions(["--rates", "500,100"])).toMatchObject({ rates: [100, 500] });
});

it("is short when asked for a quick run, and as long as a person says", () => {
  expect(parseOptions(["--quick"])).toMatchObject({ rounds: 1, seconds: 3 });
  expect(parseOptions(["--quick", "--seconds", "20"])).toMatchObject({ seconds: 20 });
});

it.each([
  ["--rates", "0"],
  ["--rates", "5001"],
  ["--rates", "1,,2"],
  ["--rates", "1,2,3,4,5,6"],
  ["--seconds", "-1"],
  ["--seconds", "1.5"],
  ["--seconds", "301"],
  ["--fast"],
])("refuses %s %s", (...args) => {
  expect(() => parseOptions(args)).toThrow();
});
