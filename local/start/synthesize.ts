import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Log } from "../platform/log.ts";
import { keepFolder } from "./keepFolder.ts";
import type { SizeName } from "./options.ts";
import { repository } from "./sourceFile.ts";
import { StartError } from "./startError.ts";

/** All inputs of the templates and the bundles. */
const sources = [
  "cdk.json",
  "package-lock.json",
  "tsconfig.json",
  "infra",
  "functions",
  "shared",
  "device",
  "console",
];

/**
 * Settings without a counterpart on one machine: a DNS name, AWS fault injection, and the steps of
 * a deployment that changes its regions. All regions run from the start, so the first one has the
 * tables' stack.
 */
const onlyDeployed = {
  domain: undefined,
  hostedZoneId: undefined,
  drills: undefined,
  stateRegion: undefined,
  closedRegions: undefined,
  unprotectedRegions: undefined,
};

/** Emails are files here, so the sender and the receiver of pages need no verification. */
const localSender = "godwit@localhost.example";
const localPages = "on-call@localhost.example";

/**
 * Assemblies and bundles that were unused for this long are deleted when an assembly is created.
 */
const unusedDaysMax = 7;

/**
 * Creates the cloud assembly (templates and bundles) for these regions as `cdk synth` does, and
 * returns its folder. Default: the first region of `cdk.json`, in the size `standard`: this machine
 * has no quota of concurrent executions. An assembly of an earlier start is reused when no input
 * has changed.
 *
 * Runs the CDK app directly: the CDK command line takes a second longer and adds nothing here.
 */
export const synthesize = async (
  fallback: string,
  log: Log,
  requested?: readonly string[],
  size: SizeName = "standard",
): Promise<string> => {
  const { context } = await readCdkJson();
  const regions = requested ?? context.regions.slice(0, 1);
  const parent = cacheFolder(fallback);
  const assembly = join(parent, `assembly-${fingerprint({ regions, size })}`);
  if (existsSync(assembly)) {
    keepFolder(assembly);
    return assembly;
  }
  log("synthesizing the templates");
  await mkdir(parent, { recursive: true });
  await removeUnused(parent);
  const temporary = await mkdtemp(join(parent, "incomplete-"));
  await runApp(temporary, {
    mailFrom: localSender,
    pageEmail: localPages,
    ...context,
    ...onlyDeployed,
    regions,
    size,
  });
  await moveInto(assembly, temporary);
  keepFolder(assembly);
  return assembly;
};

const cacheFolder = (fallback: string): string => {
  try {
    accessSync(repository, constants.W_OK);
    return join(repository, ".godwit");
  } catch {
    return join(fallback, "assembly");
  }
};

/** Nothing else runs yet: one file after the other takes a third of the time of promises. */
const fingerprint = (settings: { regions: readonly string[]; size: SizeName }): string => {
  const hash = createHash("sha256").update(process.version).update(JSON.stringify(settings));
  for (const source of sources) {
    for (const file of filesIn(source)) {
      hash.update(`\0${file}\0`).update(readFileSync(join(repository, file)));
    }
  }
  return hash.digest("hex").slice(0, 32);
};

const filesIn = (source: string): string[] => {
  const path = join(repository, source);
  if (!statSync(path).isDirectory()) return [source];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.length))
    .sort();
};

const cdkJson = z.object({
  context: z.looseObject({ regions: z.array(z.string()).min(1) }),
});

const readCdkJson = async (): Promise<z.output<typeof cdkJson>> => {
  const text = await readFile(join(repository, "cdk.json"), "utf8");
  try {
    return cdkJson.parse(JSON.parse(text));
  } catch (cause) {
    const reason =
      cause instanceof SyntaxError ? cause.message : 'it has no list "regions" in "context"';
    throw new StartError(`cdk.json cannot be read: ${reason}`, { cause });
  }
};

/** Length of the app's output that an error shows. */
const outputCharsMax = 4_000;

const runApp = async (outdir: string, context: object): Promise<void> => {
  const app = spawn(process.execPath, ["infra/app.ts"], {
    cwd: repository,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      // AWS's validator takes most of the time. It checks what is deployed.
      CDK_VALIDATION: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-outputCharsMax);
  };
  app.stdout.on("data", collect);
  app.stderr.on("data", collect);
  const [code] = await once(app, "close");
  if (code === 0) return;
  await rm(outdir, { recursive: true, force: true });
  throw new StartError(`the templates cannot be synthesized:\n${output}`);
};

/** If another start has created the same assembly concurrently, uses that one. */
const moveInto = async (assembly: string, temporary: string): Promise<void> => {
  try {
    await rename(temporary, assembly);
  } catch (error) {
    if (!existsSync(assembly)) throw error;
    await rm(temporary, { recursive: true, force: true });
  }
};

const removeUnused = async (parent: string): Promise<void> => {
  const oldestMs = Date.now() - unusedDaysMax * 86_400_000;
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if ((await stat(path)).mtimeMs < oldestMs) await rm(path, { recursive: true, force: true });
  }
};
