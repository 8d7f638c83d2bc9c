import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FunctionConfig } from "../function/functionConfig.ts";
import { bundleFile } from "./esbuild.ts";
import type { FunctionScript } from "./messages.ts";
import { moduleFile } from "./moduleFile.ts";

/**
 * Builds a function's module and the files that it imports as one CommonJS module, which can run
 * many times in one thread. Rejects when that is impossible, for example because the module awaits
 * at its top level. The result is kept next to the function's folder for later starts.
 */
export const buildFunctionScript = async ({
  folder,
  handler,
}: Pick<FunctionConfig, "folder" | "handler">): Promise<FunctionScript> => {
  const file = moduleFile(folder, handler);
  if (file === undefined) throw new Error(`${folder} has no module for ${handler}`);
  const kept = await scriptFile(file, folder);
  const code = (await readKept(kept)) ?? (await build(file));
  await keep(kept, code);
  return { code, file };
};

const build = (file: string): Promise<string> =>
  bundleFile(file, {
    format: "cjs",
    define: {
      "import.meta.url": JSON.stringify(pathToFileURL(file).href),
      // One of each instance: the parameter of its script.
      "globalThis.awsTransport": "awsTransport",
    },
    logLevel: "silent",
  });

/** Change this with the options of the build. */
const version = 1;

/** The last line of a complete file: a power failure may leave a part of it. */
const end = "\n// end of the script\n";

/** The file for the script of a module: its name has a hash of the module and its path. */
const scriptFile = async (file: string, folder: string): Promise<string> => {
  const hash = createHash("sha256").update(`${version} ${file}\n`);
  const name = hash.update(await readFile(file)).digest("hex");
  return join(dirname(folder), `script.${name.slice(0, 32)}.cjs`);
};

const readKept = async (path: string): Promise<string | undefined> => {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.endsWith(end) ? text : undefined;
};

/** Without this file, the next start takes longer. */
const keep = async (path: string, code: string): Promise<void> => {
  if (code.endsWith(end)) return;
  const fresh = `${path}.${randomUUID()}`;
  try {
    await writeFile(fresh, code + end);
    await rename(fresh, path);
  } catch {
    await rm(fresh, { force: true }).catch(() => {});
  }
};
