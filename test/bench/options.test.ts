import { expect, it } from "vitest";
import { parseOptions } from "../../bench/options.ts";

it("measures 200 and 1,000 events per second for 10 s by default", () => {
  expect(parseOptions([])).toMatchObject({ rates: [200, 1_000], seconds: 10, json: false });
});

it("sorts the rates", () => {
  expect(parseOptions(["--rates", "500,100"])).toMatchObject({ rates: [100, 500] });
});

it("is short with --quick, and --seconds overrides the duration", () => {
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
])("rejects %s %s", (...args) => {
  expect(() => parseOptions(args)).toThrow();
});
