import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import * as z from "zod";
import type { Emulator } from "./emulator/emulator.ts";
import { commands, inherited } from "./emulator/environment.ts";
import { cdkMsMax, findingCharsMax } from "./limits.ts";
import { runProcess } from "./process.ts";

/** The result of one command of the CDK CLI. */
export interface CdkResult {
  readonly isOk: boolean;
  readonly output: string;
  /** Lines that report an error. */
  readonly errors: readonly string[];
}

const command = join(commands, "cdk");
const repository = join(commands, "../..");

/** Synthesizes the stacks of these regions into a folder. */
export const synthesize = async (regions: readonly string[], folder: string): Promise<void> => {
  const context = `regions=${regions.join(",")}`;
  const args = ["synth", "--quiet", "--output", folder, "--context", context];
  const options = { command, args, cwd: repository, env: inherited(), msMax: cdkMsMax };
  const { code, output } = await runProcess(options);
  if (code !== 0) throw new Error(`the templates cannot be synthesized: ${output.slice(-1_000)}`);
};

/** Runs the CDK CLI with synthesized templates against an emulator. */
export const cdk = async (
  { env }: Emulator,
  folder: string,
  args: readonly string[],
): Promise<CdkResult> => {
  const { code, output } = await runProcess({
    command,
    args: ["--app", folder, "--ci", ...args],
    cwd: folder,
    env,
    msMax: cdkMsMax,
  });
  return { isOk: code === 0, output, errors: code === 0 ? [] : readErrors(output) };
};

/** The lines of the output that name a failed resource or an error. */
export const readErrors = (output: string): readonly string[] => {
  const lines = output.split("\n").map((line) => stripVTControlCharacters(line).trim());
  const found = lines
    .filter((line) => /^(❌|‣)|(CREATE|UPDATE|DELETE)_FAILED/.test(line))
    .map((line) =>
      line.replace(/\| *\d+(\/\d+)? \| *[\d:]+ [AP]M \|/, "|").slice(0, findingCharsMax),
    );
  return found.length > 0 ? [...new Set(found)] : lines.filter(Boolean).slice(-2);
};

const outputs = z.record(z.string(), z.record(z.string(), z.string()));

/** The outputs of the stacks, as `--outputs-file` wrote them. */
export const readOutputs = async (file: string): Promise<z.output<typeof outputs>> =>
  outputs.parse(JSON.parse(await readFile(file, "utf8")));
