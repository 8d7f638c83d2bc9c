import { expect, it } from "vitest";
import { parseLossOptions } from "../../../bench/loss/options.ts";

it("runs all five tests without a peer by default", () => {
  expect(parseLossOptions([])).toEqual({ tests: [1, 2, 3, 4, 5], peer: undefined });
});

it("accepts some of the tests, each once and in order, and a peer", () => {
  expect(parseLossOptions(["--tests", "4,1,4", "--peer", "node-red"])).toEqual({
    tests: [1, 4],
    peer: "node-red",
  });
});

it.each([
  ["--tests", "0"],
  ["--tests", "6"],
  ["--tests", "1,,2"],
  ["--peer", "bullmq"],
  ["--rates", "200"],
])("rejects %s %s", (...args) => {
  expect(() => parseLossOptions(args)).toThrow();
});
