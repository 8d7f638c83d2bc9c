import { pathToFileURL } from "node:url";
import type { FunctionConfig } from "../function/functionConfig.ts";
import { bundleFile } from "./esbuild.ts";
import type { FunctionScript } from "./messages.ts";
import { moduleFile } from "./moduleFile.ts";

/**
 * Builds a function's module and the files that it imports as one CommonJS module, which can run
 * many times in one thread. Rejects when that is impossible, for example because the module awaits
 * at its top level.
 */
export const buildFunctionScript = async ({
  folder,
  handler,
}: FunctionConfig): Promise<FunctionScript> => {
  const file = moduleFile(folder, handler);
  if (file === undefined) throw new Error(`${folder} has no module for ${handler}`);
  const code = await bundleFile(file, {
    format: "cjs",
    define: { "import.meta.url": JSON.stringify(pathToFileURL(file).href) },
    logLevel: "silent",
  });
  return { code, file };
};
