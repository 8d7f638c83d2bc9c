import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { commands } from "../emulator/environment.ts";
import { findingCharsMax, probesMsMax } from "../limits.ts";
import { runProcess } from "../process.ts";
import type { Deployment, StepResult } from "./step.ts";

/** The probes that need no Internet and no minutes of waiting. */
const names = ["direct-message", "alarm", "role", "greedy-path", "batch-sizes"];

const repository = join(commands, "../..");

/** Runs `npm run probe` against the emulator. */
export const runProbes = async ({ emulator }: Deployment, step: string): Promise<StepResult> => {
  if (emulator.apiUrl === undefined) {
    return { done: "not possible", findings: [{ step, text: "functions run only with Docker" }] };
  }
  const { output } = await runProcess({
    command: process.execPath,
    args: [join(repository, "probe/main.ts"), ...names, "--yes", "--region", "us-east-1"],
    cwd: repository,
    env: emulator.env,
    msMax: probesMsMax,
  });
  return readAnswers(stripVTControlCharacters(output), names, step);
};

/** Findings are the answers that are not expected, and what could not be undone. */
export const readAnswers = (
  output: string,
  probes: readonly string[],
  step: string,
): StepResult => {
  const answered = new Map<string, string>();
  for (const [, verdict = "", name = "", observed = ""] of output.matchAll(
    /^(as expected|DIFFERENT) {2}([\w-]+): .*\n {2}observed: (.*)$/gm,
  )) {
    answered.set(name, verdict === "as expected" ? "" : observed.slice(0, findingCharsMax));
  }
  const expected = probes.filter((name) => answered.get(name) === "");
  const remains = output.match(/^could not be undone.*$/gm) ?? [];
  const texts = probes.flatMap((name) => {
    const observed = answered.get(name) ?? "no answer";
    return observed === "" ? [] : [`${name}: ${observed}`];
  });
  return {
    done: `${expected.length} of ${probes.length} probes answer as expected`,
    findings: [...texts, ...remains].map((text) => ({ step, text })),
  };
};
