import { expect, it } from "vitest";
import { commandNames } from "../../bench/commands.ts";
import { help } from "../../bench/help.ts";
import { parseOptions } from "../../bench/options.ts";

it("measures four rates with the state on disk by default", () => {
  expect(parseOptions([])).toMatchObject({
    command: "rates",
    rates: [20, 100, 200, 1_000],
    rounds: 3,
    place: "disk",
    peer: undefined,
    json: false,
  });
});

it("sorts the rates and removes repeated ones", () => {
  expect(parseOptions(["--rates", "500,100,500"])).toMatchObject({ rates: [100, 500] });
});

it("accepts a command before or after its options", () => {
  const expected = { command: "overload", highest: 900, seconds: 60 };
  expect(parseOptions(["overload", "--highest", "900"])).toMatchObject(expected);
  expect(parseOptions(["--highest", "900", "overload"])).toMatchObject(expected);
});

it("is short with --quick, and an explicit option overrides that", () => {
  expect(parseOptions(["--quick"])).toMatchObject({ rounds: 1, seconds: 3 });
  expect(parseOptions(["restart", "--quick"])).toMatchObject({ events: 500, queued: 1_000 });
  expect(parseOptions(["--quick", "--seconds", "20"])).toMatchObject({ rounds: 1, seconds: 20 });
});

it("keeps the state in memory, or in a given folder", () => {
  expect(parseOptions(["--memory"])).toMatchObject({ place: "memory" });
  expect(parseOptions(["--data", "/some/folder"])).toMatchObject({
    place: { folder: "/some/folder" },
  });
});

it("accepts loss tests, each once and in order, and a peer", () => {
  expect(parseOptions(["loss"])).toMatchObject({ tests: [1, 2, 3, 4, 5], peer: undefined });
  expect(parseOptions(["loss", "--tests", "4,1,4", "--peer", "bullmq"])).toMatchObject({
    tests: [1, 4],
    peer: "bullmq",
  });
  expect(parseOptions(["--peer", "node-red"])).toMatchObject({ peer: "node-red" });
});

it("names the commands of an option that another command does not have", () => {
  expect(() => parseOptions(["memory", "--tests", "1"])).toThrow(
    "--tests is an option of loss, not of memory.",
  );
  expect(() => parseOptions(["--events", "5"])).toThrow("--events is an option of restart");
});

it("suggests the command and the option that are most similar to an unknown one", () => {
  expect(() => parseOptions(["memry"])).toThrow("Did you mean 'memory'?");
  expect(() => parseOptions(["--round", "1"])).toThrow("Did you mean '--rounds'?");
});

it.each([
  ["--rates", "0"],
  ["--rates", "5001"],
  ["--rates", "1,,2"],
  ["--rates", "1,2,3,4,5,6,7"],
  ["--seconds", "-1"],
  ["--seconds", "1.5"],
  ["--seconds", "601"],
  ["--fast"],
  ["--memory", "--data", "x"],
  ["--data", ""],
  ["loss", "--tests", "0"],
  ["loss", "--tests", "6"],
  ["loss", "--tests", "1,,2"],
  ["loss", "--peer", "kafka"],
  ["loss", "--rates", "200"],
  ["memory", "isolation"],
])("rejects %s %s %s", (...args) => {
  expect(() => parseOptions(args.filter((one) => one !== undefined))).toThrow();
});

it("describes every command in the help", () => {
  for (const name of commandNames) expect(help).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
  expect(parseOptions(["--help"])).toBe("help");
});

it("names the parts of scale if none or an unknown one is given", () => {
  expect(parseOptions(["scale", "--of", "usage"])).toMatchObject({ command: "scale", of: "usage" });
  expect(() => parseOptions(["scale"])).toThrow("scale needs --of devices|integrations");
  expect(() => parseOptions(["scale", "--of", "usages"])).toThrow("Did you mean 'usage'?");
});
