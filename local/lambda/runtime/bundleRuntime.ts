import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";

let bundled: Promise<URL> | undefined;

/**
 * Bundles `runtime.ts` and its imports as JavaScript. A thread that starts from TypeScript loads a
 * compiler first: on two cores that took 100 ms of a start's 350 ms and 7 MB of its 29 MB.
 */
export const bundleRuntime = (): Promise<URL> => {
  bundled ??= bundle();
  return bundled;
};

const bundle = async (): Promise<URL> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./runtime.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    write: false,
  });
  // esbuild runs in its own process.
  await stop();
  const [file] = outputFiles;
  if (file === undefined) throw new Error("runtime.ts was not built");
  // The file name in a function's stack traces.
  const source = `${file.text}\n//# sourceURL=runtime.mjs`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
};
