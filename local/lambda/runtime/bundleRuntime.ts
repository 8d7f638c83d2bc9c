import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";

let made: Promise<URL> | undefined;

/**
 * `runtime.ts` and all that it imports, as JavaScript. Every thread that began with the TypeScript would
 * load a compiler for it first: on two cores that took 100 ms of a start's 350, and 7 MB of its 29.
 */
export const bundleRuntime = (): Promise<URL> => {
  made ??= bundle();
  return made;
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
  // What builds runs in a process of its own.
  await stop();
  const [file] = outputFiles;
  if (file === undefined) throw new Error("runtime.ts was not built");
  // The name that its lines have in a function's stack traces.
  const source = `${file.text}\n//# sourceURL=runtime.mjs`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
};
