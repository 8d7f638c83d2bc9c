import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import * as z from "zod";
import { commands } from "../emulator/environment.ts";
import { contractsMsMax, findingCharsMax } from "../limits.ts";
import { runProcess } from "../process.ts";
import type { Deployment, StepResult } from "./step.ts";

const report = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

const repository = join(commands, "../..");

/** Runs the contracts of the ports against the emulator. */
export const runContracts = async (
  { emulator, folder }: Deployment,
  step: string,
): Promise<StepResult> => {
  const file = join(folder, "contracts.json");
  const options = ["--reporter=json", `--outputFile=${file}`];
  const { output } = await runProcess({
    command: join(commands, "vitest"),
    args: ["run", "--config", join(repository, "conform/vitest.config.ts"), ...options],
    cwd: repository,
    env: {
      ...emulator.env,
      EMULATOR_URL: emulator.url,
      ...(emulator.mqttUrl !== undefined && { EMULATOR_MQTT_URL: emulator.mqttUrl }),
    },
    msMax: contractsMsMax,
  });
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) {
    return { done: "failed", findings: [{ step, text: output.trim().slice(-findingCharsMax) }] };
  }
  return readReport(JSON.parse(text), step);
};

/** The failed tests of a report in Vitest's JSON format. */
export const readReport = (json: unknown, step: string): StepResult => {
  const { numPassedTests, testResults } = report.parse(json);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === "failed");
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  const total = numPassedTests + failed.length;
  return {
    done: `${numPassedTests} of ${total} tests pass`,
    findings: [
      ...failed.map(({ fullName, failureMessages }) => ({
        step,
        text: `${fullName} | ${firstLine(failureMessages?.[0] ?? "")}`,
      })),
      ...broken.map(({ message = "" }) => ({ step, text: `a file fails: ${firstLine(message)}` })),
    ],
  };
};

const firstLine = (text: string): string =>
  (stripVTControlCharacters(text).split("\n")[0] ?? "").slice(0, findingCharsMax);
