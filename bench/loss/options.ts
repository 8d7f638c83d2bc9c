import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { lossTests } from "./lossTests.ts";

/** Options of loss tests. */
export interface LossOptions {
  /** The numbers of the tests. */
  readonly tests: readonly number[];
  /** System to compare with. */
  readonly peer: "node-red" | undefined;
}

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseLossOptions = (args: readonly string[]): LossOptions => {
  const all = lossTests.map(({ number }) => number);
  const options = {
    tests: { type: "string", default: all.join(",") },
    peer: { type: "string" },
  } as const;
  const { values } = parseWith(options, () => parseArgs({ args: [...args], options }));
  const tests = values.tests.split(",").map(Number);
  if (!tests.every((number) => all.includes(number))) {
    throw new Error(
      `--tests accepts numbers from 1 to ${all.length}, not '${values.tests}'. Try --help.`,
    );
  }
  if (values.peer !== undefined && values.peer !== "node-red") {
    throw new Error(`--peer accepts node-red, not '${values.peer}'. Try --help.`);
  }
  return { tests: [...new Set(tests)].toSorted((a, b) => a - b), peer: values.peer };
};
