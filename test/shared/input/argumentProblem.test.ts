import { parseArgs } from "node:util";
import { expect, it } from "vitest";
import { argumentProblem } from "#shared/input/argumentProblem.ts";

const options = { data: { type: "string" }, "no-demo": { type: "boolean" } } as const;

const said = (...args: string[]): string => {
  try {
    parseArgs({ args, options });
  } catch (error) {
    return argumentProblem(error, options);
  }
  return "";
};

it.each([
  ["--dtaa=x", "Unknown option '--dtaa'. Did you mean '--data'?"],
  ["--nodemo", "Unknown option '--nodemo'. Did you mean '--no-demo'?"],
  ["--regions", "Unknown option '--regions'."],
  ["--data", "Option '--data <value>' argument missing."],
  ["extra", "Unexpected argument 'extra'."],
])("describes %s on one line", (arg, sentence) => {
  expect(said(arg)).toBe(sentence);
});

it.each([["-5"], ["--no-demo"]])("names the option whose value is %s", (value) => {
  expect(said("--data", value)).toBe(
    "Option '--data' needs a value. Write --data=VALUE for one that begins with a dash.",
  );
});
