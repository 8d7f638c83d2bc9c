import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../admin/messageOf.ts";
import { readAssembly, type SynthesizedStack } from "./assembly.ts";
import { type Access, closeAws, openAws } from "./aws.ts";
import { firstDeploymentContext } from "./firstDeployment.ts";
import { deployHelp, help } from "./help.ts";
import { muteMinutesMax } from "./limits.ts";
import { muteAlarms } from "./muteAlarms.ts";
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
  const { context, profile, ignorePreflight, mute, cdk } = request;
  return await withAssembly(context, deps, async (folder) => {
    const access: Access = { profile, endpoint: deps.endpoint };
    const load = { devices: undefined, eventsPerSecond: undefined };
    const stacks = await readAssembly(folder);
    const rows = await preflight(stacks, { access, load });
    deps.say(textOfRows(rows));
    if (!hasPassed(rows) && !ignorePreflight) {
      deps.say(
        "Nothing was deployed. To deploy all the same: npm run deploy -- --ignore-preflight",
      );
      return 1;
    }
    const named = profile === undefined ? [] : ["--profile", profile];
    const deploy = (app: string): Promise<number> =>
      deps.cdk(["deploy", "--app", app, ...stacksOf(cdk), ...named, ...cdk]);
    const first = firstDeploymentContext(stacks, rows);
    if (first !== undefined && isForAll(cdk)) {
      deps.say("First deployment: the tables are created, then a second deployment protects them.");
      const code = await deployUnprotected([...context, first], deps, deploy);
      if (code !== 0) return code;
    }
    const unmute = mute ? await muteRegions(stacks, access, deps) : async () => {};
    try {
      return await deploy(folder);
    } finally {
      await unmute();
    }
  });
};

/**
 * Mutes the alarms of all regions and returns the function that ends it. An alarm that cannot be
 * muted may page: this does not stop a deployment.
 */
const muteRegions = async (
  stacks: readonly SynthesizedStack[],
  access: Access,
  { say }: Deps,
): Promise<() => Promise<void>> => {
  const ends: (() => Promise<void>)[] = [];
  for (const region of new Set(stacks.map((stack) => stack.region))) {
    const aws = openAws(region, access);
    try {
      const { alarms, end } = await muteAlarms(aws.cloudWatch);
      if (alarms > 0) {
        say(
          `${region}: ${alarms} alarms do not page until the deployment ends, for ${muteMinutesMax} minutes at most.`,
        );
      }
      ends.push(async () => {
        try {
          await end();
        } catch (error) {
          say(
            `${region}: the alarms are muted for ${muteMinutesMax} minutes from the start of the deployment, because the rules Godwit-Deployment-… could not be deleted: ${messageOf(error)}`,
          );
        }
        closeAws(aws);
      });
    } catch (error) {
      closeAws(aws);
      say(
        `${region}: alarms may page during the deployment. They were not muted: ${messageOf(error)}`,
      );
    }
  }
  return async () => {
    for (const end of ends) await end();
  };
};

const deployUnprotected = async (
  context: readonly string[],
  deps: DeployDeps,
  deploy: (app: string) => Promise<number>,
): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-first-"));
  try {
    await deps.synthesize(folder, context);
    const code = await deploy(folder);
    if (code !== 0) deps.say("The first deployment failed. Fix the cause, and repeat the command.");
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** All stacks, unless the arguments name some. */
const stacksOf = (cdk: readonly string[]): string[] =>
  isForAll(cdk) && !cdk.includes("--all") ? ["--all"] : [];

const isForAll = (cdk: readonly string[]): boolean =>
  !cdk.some((argument) => argument.startsWith("Godwit-"));

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
