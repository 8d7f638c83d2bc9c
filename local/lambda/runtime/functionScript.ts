import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
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
  const name = await scriptName(file);
  const kept = join(dirname(folder), `${name}.cjs`);
  const compiledFile = join(dirname(folder), `${name}.compiled`);
  const code = (await readKept(kept)) ?? (await buildAndKeep(file, kept));
  return { code, file, compiled: await readCompiled(compiledFile), compiledFile };
};

/**
 * Keeps V8's compiled code of a script for later starts. V8 detects code of another version, but
 * not a damaged file: the first bytes are a checksum.
 */
export const keepCompiled = (path: string, compiled: Uint8Array): Promise<void> => {
  const sum = Buffer.alloc(sumBytes);
  sum.writeUInt32LE(crc32(compiled));
  return keep(path, Buffer.concat([sum, compiled]));
};

const sumBytes = 4;

const readCompiled = async (path: string): Promise<Uint8Array | undefined> => {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  if (bytes.length <= sumBytes) return undefined;
  // A copy: a view would be posted to a thread with its whole underlying memory.
  const compiled = new Uint8Array(bytes.subarray(sumBytes));
  return crc32(compiled) === bytes.readUInt32LE() ? compiled : undefined;
};

/** The same text as that of later starts: the compiled code is for exactly this text. */
const buildAndKeep = async (file: string, kept: string): Promise<string> => {
  const code = (await build(file)) + end;
  await keep(kept, code);
  return code;
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

/** The name of the files for the script of a module: a hash of the module and its path. */
const scriptName = async (file: string): Promise<string> => {
  const hash = createHash("sha256").update(`${version} ${file}\n`);
  const name = hash.update(await readFile(file)).digest("hex");
  return `script.${name.slice(0, 32)}`;
};

const readKept = async (path: string): Promise<string | undefined> => {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.endsWith(end) ? text : undefined;
};

/** Without this file, the next start takes longer. */
const keep = async (path: string, content: string | Uint8Array): Promise<void> => {
  const fresh = `${path}.${randomUUID()}`;
  try {
    await writeFile(fresh, content);
    await rename(fresh, path);
  } catch {
    await rm(fresh, { force: true }).catch(() => {});
  }
};
