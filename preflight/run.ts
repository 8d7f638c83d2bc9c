import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAssembly } from "./assembly.ts";
import type { Access } from "./aws.ts";
import { deployHelp, help } from "./help.ts";
import { parseArguments, parseDeployArguments } from "./parseArguments.ts";
import { preflight } from "./preflight.ts";
import { hasPassed, jsonOfRows, textOfRows } from "./report.ts";

interface Deps {
  /** Writes the cloud assembly to a folder, with context values. */
  synthesize(folder: string, context: readonly string[]): Promise<void>;
  /** One endpoint for all services of AWS; the SDK's own if undefined. */
  readonly endpoint?: string | undefined;
  /** Writes a line to standard error. */
  say(line: string): void;
  /** Writes a text to standard output. */
  print(text: string): void;
}

/** Runs `npm run preflight` and returns its exit code. */
export const runPreflight = async (args: readonly string[], deps: Deps): Promise<number> => {
  const request = parseArguments(args);
  if (request === "help") {
    deps.print(help);
    return 0;
  }
  const { context, profile, load, json } = request;
  return await withAssembly(context, deps, async (folder) => {
    const access: Access = { profile, endpoint: deps.endpoint };
    const rows = await preflight(await readAssembly(folder), { access, load });
    deps.print(json ? jsonOfRows(rows) : textOfRows(rows));
    return hasPassed(rows) ? 0 : 1;
  });
};

interface DeployDeps extends Deps {
  /** Runs the command line of the CDK and returns its exit code. */
  cdk(args: readonly string[]): Promise<number>;
}

/** Runs `npm run deploy` and returns its exit code. */
export const runDeploy = async (args: readonly string[], deps: DeployDeps): Promise<number> => {
  const request = parseDeployArguments(args);
  if (request === "help") {
    deps.print(deployHelp);
    return 0;
  }
  const { context, profile, ignorePreflight, cdk } = request;
  return await withAssembly(context, deps, async (folder) => {
    const access: Access = { profile, endpoint: deps.endpoint };
    const load = { devices: undefined, eventsPerSecond: undefined };
    const rows = await preflight(await readAssembly(folder), { access, load });
    deps.say(textOfRows(rows));
    if (!hasPassed(rows) && !ignorePreflight) {
      deps.say(
        "Nothing was deployed. To deploy all the same: npm run deploy -- --ignore-preflight",
      );
      return 1;
    }
    const named = profile === undefined ? [] : ["--profile", profile];
    return await deps.cdk(["deploy", "--app", folder, ...stacksOf(cdk), ...named, ...cdk]);
  });
};

/** All stacks, unless the arguments name some. */
const stacksOf = (cdk: readonly string[]): string[] =>
  cdk.some((argument) => argument.startsWith("Godwit-")) || cdk.includes("--all") ? [] : ["--all"];

const withAssembly = async (
  context: readonly string[],
  { synthesize, say }: Deps,
  work: (folder: string) => Promise<number>,
): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-preflight-"));
  try {
    say("Synthesizing the templates …");
    await synthesize(folder, context);
    say("Reading the AWS account …");
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
