import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";

/** The measured version. */
export const nodeRedVersion = "4.1.15";

const folder = fileURLToPath(new URL("../peers/node-red/", import.meta.url));
const installMsMax = 600_000;

/** Installs Node-RED into its own folder if it is missing. Returns the path of its main file. */
export const installNodeRed = async (): Promise<string> => {
  if ((await installed()) !== nodeRedVersion) await install();
  return `${folder}node_modules/node-red/red.js`;
};

const installed = async (): Promise<string | undefined> => {
  const text = await readFile(`${folder}node_modules/node-red/package.json`, "utf8").catch(
    () => "{}",
  );
  return z.object({ version: z.string().optional() }).parse(JSON.parse(text)).version;
};

const install = async (): Promise<void> => {
  await mkdir(folder, { recursive: true });
  // Without this package.json, npm would install into the project.
  await writeFile(`${folder}package.json`, '{ "private": true }\n');
  const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1"];
  try {
    const args = ["install", ...quiet, `node-red@${nodeRedVersion}`];
    await promisify(execFile)("npm", args, { cwd: folder, timeout: installMsMax });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`npm could not install Node-RED ${nodeRedVersion}: ${reason.slice(0, 1_000)}`, {
      cause,
    });
  }
};
