import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";

const peers = fileURLToPath(new URL("../peers/", import.meta.url));
const installMsMax = 600_000;

/**
 * Installs packages of npm, in exactly these versions, into a folder of `bench/peers` unless they
 * are there. Returns the folder, with a slash at its end. The project is not changed.
 */
export const installPeer = async (
  name: string,
  packages: Readonly<Record<string, string>>,
): Promise<string> => {
  const folder = `${peers}${name}/`;
  const wanted = Object.entries(packages);
  const versions = await Promise.all(wanted.map(([one]) => installedVersion(folder, one)));
  const isComplete = wanted.every(([, version], i) => versions[i] === version);
  if (!isComplete) await install(folder, wanted);
  return folder;
};

const manifest = z.object({ version: z.string().optional() });

const installedVersion = async (folder: string, name: string): Promise<string | undefined> => {
  const file = `${folder}node_modules/${name}/package.json`;
  return manifest.parse(JSON.parse(await readFile(file, "utf8").catch(() => "{}"))).version;
};

const install = async (folder: string, packages: readonly [string, string][]): Promise<void> => {
  await mkdir(folder, { recursive: true });
  // Without this package.json, npm would install into the project.
  await writeFile(`${folder}package.json`, '{ "private": true, "type": "module" }\n');
  const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1"];
  const specifiers = packages.map(([name, version]) => `${name}@${version}`);
  try {
    const args = ["install", ...quiet, ...specifiers];
    await promisify(execFile)("npm", args, { cwd: folder, timeout: installMsMax });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const names = specifiers.join(" and ");
    throw new Error(`npm could not install ${names}: ${reason.slice(0, 1_000)}`, { cause });
  }
};
