import { pathToFileURL } from "node:url";
import { isBundled, threadFile } from "../../start/sourceFile.ts";
import { bundleFile } from "./esbuild.ts";

let bundled: Promise<URL> | undefined;

/**
 * `runtime.ts` and its imports as one module in JavaScript. A thread that starts from TypeScript
 * loads a compiler first: on two cores that took 100 ms of a start's 350 ms and 7 MB of its 29 MB.
 */
export const bundleRuntime = (): Promise<URL> => {
  bundled ??= bundle();
  return bundled;
};

const bundle = async (): Promise<URL> => {
  const file = threadFile("runtime", "local/lambda/runtime/runtime.ts");
  if (isBundled) return pathToFileURL(file);
  const text = await bundleFile(file, { format: "esm" });
  // The file name in a function's stack traces.
  const source = `${text}\n//# sourceURL=runtime.mjs`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
};
