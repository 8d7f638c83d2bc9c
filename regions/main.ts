import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { messageOf } from "../admin/messageOf.ts";
import { UsageError } from "../admin/usageError.ts";
import { credentialAdvice } from "../preflight/identity.ts";
import { awsCloud } from "./awsCloud.ts";
import { run } from "./run.ts";
import { readSettings, writeSettings } from "./settings.ts";

const file = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs a program of this repository, which talks to the person. Returns its exit code. */
const runProgram = async (program: string, args: readonly string[]): Promise<number> => {
  const options = { cwd: file("."), stdio: "inherit" } as const;
  const [code] = await once(spawn(process.execPath, [file(program), ...args], options), "close");
  return typeof code === "number" ? code : 1;
};

const confirm = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new UsageError("To perform the plan: --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
};

const folder = await mkdtemp(join(tmpdir(), "godwit-regions-"));
try {
  await run(process.argv.slice(2), {
    readSettings: () => readSettings(file("cdk.json")),
    writeSettings: (change) => writeSettings(file("cdk.json"), change),
    openCloud: (profile) => awsCloud({ profile }),
    cdk: (args) => runProgram("node_modules/aws-cdk/bin/cdk", args),
    admin: (args) => runProgram("admin/main.ts", args),
    async writeFile(name, text) {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    confirm,
    wait: async (ms) => void (await wait(ms)),
    print: (text) => void process.stdout.write(`${text}\n`),
    say,
  });
} catch (error) {
  say(`regions: ${credentialAdvice(error) ?? messageOf(error)}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
