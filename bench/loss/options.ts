import { parseArgs } from "node:util";
import { lossTests } from "./lossTests.ts";

/** What a run of loss tests does. */
export interface LossOptions {
  /** The numbers of the tests. */
  readonly tests: readonly number[];
  /** What is measured beside this cloud. */
  readonly peer: "node-red" | undefined;
}

/** Reads the command line. Fails with an `Error` that says in one line what is wrong. */
export const parseLossOptions = (args: readonly string[]): LossOptions => {
  const all = lossTests.map(({ number }) => number);
  const { values } = parseArgs({
    args: [...args],
    options: { tests: { type: "string", default: all.join(",") }, peer: { type: "string" } },
  });
  const tests = values.tests.split(",").map(Number);
  if (!tests.every((number) => all.includes(number))) {
    throw new Error(
      `--tests takes numbers from 1 to ${all.length}, not '${values.tests}'. Try --help.`,
    );
  }
  if (values.peer !== undefined && values.peer !== "node-red") {
    throw new Error(`--peer takes node-red, not '${values.peer}'. Try --help.`);
  }
  return { tests: [...new Set(tests)].toSorted((a, b) => a - b), peer: values.peer };
};
